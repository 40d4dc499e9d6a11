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
import { tellBatch } from '../events/tell-batch.ts';
import type { BatchTarget, SteerReport } from './steer-report.ts';

const PAUSABLE = ['validating', 'awaiting_confirmation', 'in_progress'];

export function pauseBatch(context: Context, target: BatchTarget): Promise<SteerReport> {
  return steer(context, target, async (tx, batch) => {
    if (!PAUSABLE.includes(batch.state)) return refused(`a ${batch.state} batch cannot be paused`);
    if (await addPause(tx, batch.id, 'user')) await tellBatch(context, tx, 'batch.paused', target);
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
    let lifted = 0;
    for (const reason of decision.lift) if (await removePause(tx, batch.id, reason)) lifted += 1;
    if (lifted > 0) await tellBatch(context, tx, 'batch.resumed', target);
    return { kind: 'done' };
  });
}

/** Starts a batch that waits for a person to agree to its estimate. */
export function confirmBatch(context: Context, target: BatchTarget): Promise<SteerReport> {
  return steer(context, target, async (tx, batch) => {
    if (!(await startConfirmed(tx, batch.id)))
      return refused(`the batch is ${batch.state}, it does not wait for confirmation`);
    await tellBatch(context, tx, 'batch.started', target);
    return { kind: 'done' };
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
