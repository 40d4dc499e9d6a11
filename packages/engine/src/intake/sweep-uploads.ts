import { deleteIdleUploads } from '@reelay/db';
import type { Context } from '../context.ts';

/** Network time, never scaled: how long a client may pause in the middle of its file. */
const IDLE_MS = 3_600_000;

/** Forgets uploads that were left unfinished for an hour. Safe to run from any number of processes. Returns how many. */
export function sweepUploads(context: Pick<Context, 'db'>): Promise<number> {
  return deleteIdleUploads(context.db, IDLE_MS);
}
