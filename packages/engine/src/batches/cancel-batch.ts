/**
 * Cancels a batch: what is queued ends at once, reserved attempts give their money back, what runs at fal ends as fal
 * says. `abort` asks fal to stop what runs, `drain` lets it finish. Safe to run twice; patrol goes on where it died.
 */
import { beginCancel, inTransaction, liveAttemptIds, lockBatch, requestCancelOfActive } from '@reelay/db';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { tellBatch } from '../events/tell-batch.ts';
import { giveBackAttempt } from '../jobs/move-job.ts';
import { emptyQueue } from './empty-queue.ts';
import { finishBatch } from './finish-batch.ts';
import type { BatchTarget, SteerReport } from './steer-report.ts';

const CANCELLABLE = ['validating', 'awaiting_confirmation', 'in_progress', 'cancelling'];

export async function cancelBatch(
  context: Context,
  target: BatchTarget & { readonly mode: 'drain' | 'abort' },
): Promise<SteerReport> {
  const { batchId, mode } = target;
  const begun = await inTransaction(context.db, async (tx): Promise<SteerReport> => {
    const batch = await lockBatch(tx, target.projectId, batchId);
    if (!batch) return { kind: 'not_found' };
    if (!CANCELLABLE.includes(batch.state)) {
      return { kind: 'refused', code: 'invalid_state', message: `a ${batch.state} batch cannot be cancelled` };
    }
    await beginCancel(tx, batchId, mode);
    if (mode === 'abort') await requestCancelOfActive(tx, batchId);
    if (batch.cancel_mode !== mode) await tellBatch(context, tx, 'batch.updated', target);
    return { kind: 'done' };
  });
  if (begun.kind !== 'done') return begun;
  await giveBack(context, batchId);
  await emptyQueue(context, batchId);
  if (mode === 'abort') {
    await enqueueAfterCommit(context, 'settle', await liveAttemptIds(context.db.prisma, batchId, ['accepted']));
  }
  await finishBatch(context, batchId);
  return begun;
}

/** Reserved attempts were never sent: their jobs return to the queue, which the cancel then empties. */
async function giveBack(context: Context, batchId: string): Promise<void> {
  for (const attemptId of await liveAttemptIds(context.db.prisma, batchId, ['reserved'])) {
    await inTransaction(context.db, (tx) => giveBackAttempt(context, tx, attemptId));
  }
}
