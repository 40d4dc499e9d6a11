/**
 * What dispatch leaves behind where money stops it: the lane's shortage and its batch's `budget` pause. Both are dispatch's
 * own, and lifted by the dispatch that finds room again. A batch with two lanes is paused when both have stopped, and goes
 * on with either. Only what has changed is written.
 */
import type { Shortage } from '@reelay/core';
import { clearBudgetPauses, clearShortages, type LaneRow, setBudgetPauses, setShortages, type Tx } from '@reelay/db';
import { tellExhausted } from '../budgets/tell-budgets.ts';
import type { Context } from '../context.ts';
import type { Filled } from './fill-slots.ts';

/** Returns the batches that stopped at this run. */
export async function recordShortages(
  context: Context,
  tx: Tx,
  lanes: readonly LaneRow[],
  filled: Filled,
): Promise<string[]> {
  const goesOn = (lane: LaneRow) => filled.served.has(lane.id) && !filled.blocked.has(lane.id);
  const stopped = lanes.flatMap((lane) => {
    const shortage = filled.blocked.get(lane.id);
    return shortage ? [{ lane, shortage }] : [];
  });
  const changed = stopped.filter(({ lane, shortage }) => !isNoted(lane, shortage));
  await setShortages(tx, new Map(changed.map(({ lane, shortage }) => [lane.id, shortage])));
  const ended = lanes.filter((lane) => goesOn(lane) && lane.budget_scope !== null);
  const endedIds = ended.map(({ id }) => id);
  await clearShortages(tx, endedIds);
  const open = new Set(batchesOf(lanes.filter(({ id }) => !filled.blocked.has(id))));
  const paused = batchesOf(lanes.filter((lane) => !lane.budget_paused)).filter((id) => !open.has(id));
  await setBudgetPauses(tx, paused);
  await clearBudgetPauses(tx, batchesOf(lanes.filter((lane) => goesOn(lane) && lane.budget_paused)));
  for (const { lane, shortage } of stopped)
    if (isNews(lane, shortage)) await tellExhausted(context, tx, lane, shortage);
  return paused;
}

function batchesOf(lanes: readonly LaneRow[]): string[] {
  return [...new Set(lanes.flatMap(({ batch_id: id }) => (id === null ? [] : [id])))];
}

function isNoted(lane: LaneRow, { scope, period, neededNanoUsd }: Shortage): boolean {
  return lane.budget_scope === scope && lane.budget_period === period && lane.budget_needed_nano_usd === neededNanoUsd;
}

/** The lane ran until now, or another budget stops it. */
function isNews(lane: LaneRow, { scope, period }: Shortage): boolean {
  return lane.budget_scope !== scope || lane.budget_period !== period;
}
