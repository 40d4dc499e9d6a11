/**
 * Cancels the queued jobs of a batch that is being cancelled, a page at a time, and tells of each. At most ten thousand at
 * once: a caller is not kept waiting for the longest batches, and patrol goes on with what is left.
 */
import { cancelQueuedJobs, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellJobs } from '../events/tell-jobs.ts';

const PAGES_MAX = 10;

export async function emptyQueue(context: Context, batchId: string): Promise<void> {
  for (let page = 1; page <= PAGES_MAX; page++) {
    if ((await cancelNextQueued(context, batchId)) === 0) return;
  }
}

function cancelNextQueued(context: Context, batchId: string): Promise<number> {
  return inTransaction(context.db, async (tx) => {
    const jobIds = await cancelQueuedJobs(tx, batchId);
    await tellJobs(context, tx, jobIds);
    return jobIds.length;
  });
}
