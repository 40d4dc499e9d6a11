/**
 * What dispatch leaves behind where money stops it: the lane's shortage and its batch's `budget` pause. Both are dispatch's
 * own, and lifted by the dispatch that finds room again. Only what has changed is written.
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
  const paused = stopped.filter(({ lane }) => lane.batch_id !== null && !lane.budget_paused);
  await setBudgetPauses(tx, batchesOf(paused.map(({ lane }) => lane)));
  await clearBudgetPauses(tx, batchesOf(lanes.filter((lane) => goesOn(lane) && lane.budget_paused)));
  for (const { lane, shortage } of stopped)
    if (isNews(lane, shortage)) await tellExhausted(context, tx, lane, shortage);
  return batchesOf(paused.map(({ lane }) => lane));
}

const batchesOf = (lanes: readonly LaneRow[]) => lanes.flatMap(({ batch_id: id }) => (id === null ? [] : [id]));

function isNoted(lane: LaneRow, { scope, period, neededNanoUsd }: Shortage): boolean {
  return lane.budget_scope === scope && lane.budget_period === period && lane.budget_needed_nano_usd === neededNanoUsd;
}

/** It ran until now, or another budget stops it. */
function isNews(lane: LaneRow, { scope, period }: Shortage): boolean {
  if (lane.batch_id !== null && !lane.budget_paused) return true;
  return lane.budget_scope !== scope || lane.budget_period !== period;
}
