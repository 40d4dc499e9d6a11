/**
 * Changes what may change while a batch runs: its cap, name, metadata, weight and brakes, and the priority of its queued
 * jobs.
 */
import type { NanoUsd, PauseIf } from '@reelay/core';
import {
  setBatchCap,
  setBatchMetadata,
  setBatchName,
  setBatchWeight,
  setMaxWaste,
  setPauseIf,
  setQueuedPriority,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { tellBatch } from '../events/tell-batch.ts';
import { steer } from './pause-batch.ts';
import type { BatchTarget, SteerReport } from './steer-report.ts';

export interface BatchChange extends BatchTarget {
  /** Null takes the cap away. A cap below what is spent already stops further dispatch and takes nothing back. */
  readonly capNanoUsd?: NanoUsd | null;
  readonly name?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly priority?: number;
  /** Its share of the slots against other batches, from 1 to 100. */
  readonly weight?: number;
  /** Null takes the brake away. A batch that a brake has stopped stays stopped until somebody resumes it. */
  readonly maxWasteNanoUsd?: NanoUsd | null;
  readonly pauseIf?: PauseIf | null;
}

export function changeBatch(context: Context, change: BatchChange): Promise<SteerReport> {
  return steer(context, change, async (tx, batch) => {
    // Jobs before budget: the order in which dispatch takes them.
    if (change.priority !== undefined) await setQueuedPriority(tx, batch.id, change.priority);
    if (change.capNanoUsd !== undefined) await setBatchCap(tx, batch.id, change.capNanoUsd);
    if (change.weight !== undefined) await setBatchWeight(tx, batch.id, change.weight);
    if (change.name !== undefined) await setBatchName(tx, batch.id, change.name);
    if (change.metadata !== undefined) await setBatchMetadata(tx, batch.id, change.metadata);
    if (change.maxWasteNanoUsd !== undefined) await setMaxWaste(tx, batch.id, change.maxWasteNanoUsd);
    if (change.pauseIf !== undefined) await setPauseIf(tx, batch.id, change.pauseIf);
    await tellBatch(context, tx, 'batch.updated', change);
    return { kind: 'done' };
  });
}
