/** Pausing and resuming a batch: a user's pause is one entry of its set, and a resume removes only that one. */
import { addPause, type BatchRow, inTransaction, lockBatch, removePause, startConfirmed, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import type { BatchTarget, SteerReport } from './steer-report.ts';

const PAUSABLE = ['validating', 'awaiting_confirmation', 'in_progress'];

export function pauseBatch(context: Context, target: BatchTarget): Promise<SteerReport> {
  return steer(context, target, async (tx, batch) => {
    if (!PAUSABLE.includes(batch.state)) return refused(`a ${batch.state} batch cannot be paused`);
    await addPause(tx, batch.id, 'user');
    return { kind: 'done' };
  });
}

export function resumeBatch(context: Context, target: BatchTarget): Promise<SteerReport> {
  return steer(context, target, async (tx, batch) => {
    if (!PAUSABLE.includes(batch.state))
      return refused(`a ${batch.state} batch cannot be resumed; retry it to run jobs again`);
    await removePause(tx, batch.id, 'user');
    return { kind: 'done' };
  });
}

/** Starts a batch that waits for a person to agree to its estimate. */
export function confirmBatch(context: Context, target: BatchTarget): Promise<SteerReport> {
  return steer(context, target, async (tx, batch) => {
    return (await startConfirmed(tx, batch.id))
      ? { kind: 'done' }
      : refused(`the batch is ${batch.state}, it does not wait for confirmation`);
  });
}

export function steer(
  context: Context,
  target: BatchTarget,
  change: (tx: Tx, batch: BatchRow) => Promise<SteerReport>,
): Promise<SteerReport> {
  return inTransaction(context.db, async (tx) => {
    const batch = await lockBatch(tx, target.projectId, target.batchId);
    return batch ? change(tx, batch) : { kind: 'not_found' };
  });
}

export function refused(message: string): SteerReport {
  return { kind: 'refused', code: 'invalid_state', message };
}
