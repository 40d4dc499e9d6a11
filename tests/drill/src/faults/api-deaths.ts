/**
 * An API that dies leaves the keys of unanswered requests to a lease of 15 s, in which their senders are told to ask
 * again. One that dies late in a drill makes everybody wait for that, so it dies in time.
 */
/** The lease, and time to ask again in. */
const LEASE_MS = 20_000;
const EARLY = 0.4;

export function mayKillApi(atMs: number, durationMs: number): boolean {
  return atMs <= Math.max(durationMs * EARLY, durationMs - LEASE_MS);
}
