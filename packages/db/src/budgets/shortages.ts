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

export async function setBudgetPauses(tx: Tx, batchIds: readonly string[]): Promise<void> {
  if (batchIds.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO batch_pauses (batch_id, reason) SELECT id, 'budget' FROM unnest(${[...batchIds]}::text[]) AS id
    ON CONFLICT DO NOTHING`;
}

/** Lifts the pauses of these batches, and of those that have nothing left to wait with. */
export async function clearBudgetPauses(tx: Tx, batchIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM batch_pauses p WHERE p.reason = 'budget' AND (
      p.batch_id = ANY(${[...batchIds]}::text[])
      OR NOT EXISTS (SELECT 1 FROM jobs j WHERE j.batch_id = p.batch_id AND j.status = 'queued')
    )`;
}

/** The budget has changed: a lane that it still, or again, has no room for is news. */
export async function forgetShortages(tx: Tx, { scope, period }: BudgetKey): Promise<void> {
  await tx.$executeRaw`
    UPDATE lanes SET budget_scope = NULL, budget_period = NULL, budget_needed_nano_usd = NULL
    WHERE budget_scope = ${scope} AND budget_period = ${period}`;
}
