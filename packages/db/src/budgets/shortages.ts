/** Which lane has stopped at which budget: the `budget` pause of its batch, and on the lane what the next job lacks. */
import type { Shortage } from '@reelay/core';
import type { Tx } from '../client.ts';
import type { BudgetKey } from './limits.ts';

export async function setShortages(tx: Tx, shortages: ReadonlyMap<string, Shortage>): Promise<void> {
  if (shortages.size === 0) return;
  const all = [...shortages.values()];
  await tx.$executeRaw`
    UPDATE lanes SET budget_scope = s.scope, budget_period = s.period, budget_needed_nano_usd = s.needed
    FROM unnest(${[...shortages.keys()]}::text[], ${all.map(({ scope }) => scope)}::text[],
      ${all.map(({ period }) => period)}::text[], ${all.map(({ neededNanoUsd }) => neededNanoUsd)}::bigint[]
    ) AS s(lane_id, scope, period, needed)
    WHERE lanes.id = s.lane_id`;
}

export async function clearShortages(tx: Tx, laneIds: readonly string[]): Promise<void> {
  if (laneIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE lanes SET budget_scope = NULL, budget_period = NULL, budget_needed_nano_usd = NULL
    WHERE id = ANY(${[...laneIds]}::text[])`;
}

/** Returns those that were not paused for this before. */
export async function setBudgetPauses(tx: Tx, batchIds: readonly string[]): Promise<PausedBatch[]> {
  if (batchIds.length === 0) return [];
  return tx.$queryRaw<PausedBatch[]>`
    WITH added AS (
      INSERT INTO batch_pauses (batch_id, reason) SELECT id, 'budget' FROM unnest(${[...batchIds]}::text[]) AS id
      ON CONFLICT DO NOTHING RETURNING batch_id
    )
    SELECT b.id, b.project_id FROM added JOIN batches b ON b.id = added.batch_id ORDER BY b.id`;
}

/** Lifts the pauses of these batches, and of `othersMax` that have nothing left to wait with. Returns those that go on. */
export async function clearBudgetPauses(
  tx: Tx,
  batchIds: readonly string[],
  othersMax: number,
): Promise<PausedBatch[]> {
  return tx.$queryRaw<PausedBatch[]>`
    WITH lifted AS (DELETE FROM batch_pauses p WHERE p.reason = 'budget' AND (
      p.batch_id = ANY(${[...batchIds]}::text[])
      OR p.batch_id IN (
        SELECT batch_id FROM batch_pauses o WHERE o.reason = 'budget'
          AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.batch_id = o.batch_id AND j.status = 'queued') LIMIT ${othersMax})
    ) RETURNING batch_id)
    SELECT b.id, b.project_id FROM lifted JOIN batches b ON b.id = lifted.batch_id
    WHERE b.state = 'in_progress' ORDER BY b.id`;
}

export interface PausedBatch {
  readonly id: string;
  readonly project_id: string;
}

/** The budget has changed: a lane that it still, or again, has no room for is news. */
export async function forgetShortages(tx: Tx, { scope, period }: BudgetKey): Promise<void> {
  await tx.$executeRaw`
    UPDATE lanes SET budget_scope = NULL, budget_period = NULL, budget_needed_nano_usd = NULL
    WHERE budget_scope = ${scope} AND budget_period = ${period}`;
}
