/**
 * Closes a batch that has nothing left to run. Called after the commit that ended one of its jobs, and by patrol: of two
 * settles that end the last two jobs at once, whichever commits last finds nothing open. Safe to run at any time.
 */
import { closeFinishedBatch, hasOpenJobs, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';

export async function finishBatch(context: Context, batchId: string): Promise<boolean> {
  // A look without the lock first: this runs after every job, and only the last one finds nothing open.
  if (await hasOpenJobs(context.db.prisma, batchId)) return false;
  const state = await inTransaction(context.db, async (tx) => {
    const closed = await closeFinishedBatch(tx, batchId);
    if (closed !== null) await context.failpoint('batch.before_close');
    return closed;
  });
  if (state !== null) context.log.info({ batchId, state }, 'batch finished');
  return state !== null;
}
