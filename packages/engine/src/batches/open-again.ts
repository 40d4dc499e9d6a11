import { reopenBatch, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellBatch } from '../events/tell-batch.ts';
import type { BatchTarget } from './steer-report.ts';

/** A batch that had closed is in progress again, for the jobs that a retry has queued. The caller holds its lock. */
export async function openAgain(context: Context, tx: Tx, { projectId, batchId }: BatchTarget): Promise<void> {
  if (await reopenBatch(tx, batchId)) await tellBatch(context, tx, 'batch.started', { projectId, batchId });
}
