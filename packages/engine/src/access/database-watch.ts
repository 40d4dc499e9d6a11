/** How soon a database that is gone is noticed, and by when the door answers whatever it was asked meanwhile. */

/** A database is asked so often, and taken for gone when it has not answered for so long. */
export const DATABASE_WATCH = { everyMs: 300, patienceMs: 1_000 } as const;

/** Promised: no request waits longer for a database that is gone. */
export const UNAVAILABLE_WITHIN_MS = 2_000;
