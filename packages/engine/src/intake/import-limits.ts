/** Rows and text of one checkpoint: enough to make a transaction cheap per row, little enough to be held twice. */
export const CHECKPOINT_ROWS_MAX = 1_000;
export const CHECKPOINT_TEXT_MAX = 4 * 1024 * 1024;

/**
 * Postgres time: how long a dead reader's file lies idle. A slow one that is overtaken does no harm, because each checkpoint
 * is conditional on the row that it begins at.
 */
export const IMPORT_LEASE_MS = 15_000;

/** Bytes read at a time: what becomes garbage together. */
export const SLICE_BYTES = 64 * 1024;

/** Chunks read without a checkpoint, while stored rows are passed over, before the lease is renewed. */
export const RENEW_EVERY_CHUNKS = 32;
