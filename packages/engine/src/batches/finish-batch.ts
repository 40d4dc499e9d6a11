/**
 * Closes a batch that has nothing left to run. Called after the commit that ended one of its jobs, and by patrol: of two
 * settles that end the last two jobs at once, whichever commits last finds nothing open. Safe to run at any time.
 */
import { closeFinishedBatch, hasOpenJobs, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellBatch } from '../events/tell-batch.ts';

export async function finishBatch(context: Context, batchId: string): Promise<boolean> {
  // A look without the lock first: this runs after every job, and only the last one finds nothing open.
  if (await hasOpenJobs(context.db.prisma, batchId)) return false;
  const closed = await inTransaction(context.db, async (tx) => {
    const closing = await closeFinishedBatch(tx, batchId);
    if (closing === null) return null;
    await tellBatch(context, tx, `batch.${closing.state}`, { projectId: closing.projectId, batchId });
    await context.failpoint('batch.before_close');
    return closing;
  });
  if (closed !== null) context.log.info({ batchId, state: closed.state }, 'batch finished');
  return closed !== null;
}
