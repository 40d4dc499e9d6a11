/** Pausing and resuming a batch: a user's pause is one entry of its set; what a resume takes back is a rule of core. */
import { decideResume, type PauseReason } from '@reelay/core';
import {
  addPause,
  type BatchRow,
  inTransaction,
  lockBatch,
  readPauses,
  releasePilot,
  removePause,
  restartBrakes,
  startConfirmed,
  type Tx,
} from '@reelay/db';
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
    const decision = decideResume({
      pauses: (await readPauses(tx, batch.id)) as PauseReason[],
      inProgress: batch.state === 'in_progress',
      pilotHolds: batch.pilot_rows !== null && batch.pilot_released_at === null,
    });
    if (decision.restartsBrakes) await restartBrakes(tx, batch.id);
    if (decision.releasesPilot) await releasePilot(tx, batch.id);
    for (const reason of decision.lift) await removePause(tx, batch.id, reason);
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
