/** Tells how far batches are while their jobs end, each at most every ten seconds, by whichever worker comes first. */
import { claimProgress, inTransaction, progressingBatches } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellBatch } from './tell-batch.ts';

const PROGRESS_MS = 10_000;

export async function tellProgress(context: Context): Promise<void> {
  for (const { id: batchId, project_id: projectId } of await progressingBatches(context.db, PROGRESS_MS)) {
    await inTransaction(context.db, async (tx) => {
      if (!(await claimProgress(tx, batchId, PROGRESS_MS))) return;
      await tellBatch(context, tx, 'batch.progress', { projectId, batchId });
    });
  }
}
