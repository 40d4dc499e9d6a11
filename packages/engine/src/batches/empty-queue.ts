/** Cancels the queued jobs of a batch that is being cancelled, a page at a time, and tells of each. */
import { cancelQueuedJobs, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellJobs } from '../events/tell-jobs.ts';

/** One page; how many it cancelled. */
export function cancelNextQueued(context: Context, batchId: string): Promise<number> {
  return inTransaction(context.db, async (tx) => {
    const jobIds = await cancelQueuedJobs(tx, batchId);
    await tellJobs(context, tx, jobIds);
    return jobIds.length;
  });
}

export async function emptyQueue(context: Context, batchId: string): Promise<void> {
  while ((await cancelNextQueued(context, batchId)) > 0);
}
