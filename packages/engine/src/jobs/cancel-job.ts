/**
 * Asks to cancel a job. A queued one ends at once, a reserved attempt gives its money back; anything fal may be running is
 * only asked to stop, and fal's outcome decides: a success is kept. Safe to run twice.
 */
import { findCancellableAttempt, inTransaction, lockJob, requestCancel } from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import type { JobTarget } from '../batches/steer-report.ts';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { endJob, giveBackAttempt } from './move-job.ts';

export type CancelReport = { readonly kind: 'done' } | { readonly kind: 'not_found' };

export async function cancelJob(context: Context, target: JobTarget): Promise<CancelReport> {
  const found = await inTransaction(context.db, async (tx) => {
    const job = await lockJob(tx, target.projectId, target.jobId);
    if (!job) return null;
    if (job.status !== 'queued' && job.status !== 'active') return { batchId: null, settle: [] };
    await requestCancel(tx, job.id);
    if (job.status === 'queued') {
      await endJob(context, tx, job.id, 'cancelled', {});
      return { batchId: job.batch_id, settle: [] };
    }
    const live = await findCancellableAttempt(tx, job.id);
    if (live?.state === 'reserved') await giveBackAttempt(context, tx, live.id);
    return { batchId: job.batch_id, settle: live?.state === 'accepted' ? [live.id] : [] };
  });
  if (!found) return { kind: 'not_found' };
  await enqueueAfterCommit(context, 'settle', found.settle);
  if (found.batchId !== null) await finishBatch(context, found.batchId);
  return { kind: 'done' };
}
