/**
 * What dispatch leaves behind where money stops it: the lane's shortage and its batch's `budget` pause. Both are dispatch's
 * own, and lifted by the dispatch that finds room again. A batch with two lanes is paused when both have stopped, and goes
 * on with either. Only what has changed is written, and of the pauses, which are told of with the whole batch, some at a
 * time: a deployment that runs out of money stops all batches at once, and dispatch holds the account's lock.
 */
import { BALANCE_SCOPE, type Shortage } from '@reelay/core';
import {
  clearBudgetPauses,
  clearShortages,
  type LaneRow,
  type PausedBatch,
  setBudgetPauses,
  setShortages,
  type Tx,
} from '@reelay/db';
import type { BatchTarget } from '../batches/steer-report.ts';
import { tellExhausted } from '../budgets/tell-budgets.ts';
import type { Context } from '../context.ts';
import { tellBatch } from '../events/tell-batch.ts';
import type { Filled } from './fill-slots.ts';

/** What is left over is found again by the next run. */
const PAUSES_MAX = 20;

/** Returns the batches that stopped at this run. */
export async function recordShortages(
  context: Context,
  tx: Tx,
  lanes: readonly LaneRow[],
  filled: Filled,
): Promise<string[]> {
  const goesOn = (lane: LaneRow) => filled.served.has(lane.id) && !filled.blocked.has(lane.id);
  // All its budgets have room: the balance is asked last.
  const waitsForBalance = ({ id }: LaneRow) => filled.blocked.get(id)?.scope === BALANCE_SCOPE;
  const stopped = lanes.flatMap((lane) => {
    const shortage = filled.blocked.get(lane.id);
    return shortage ? [{ lane, shortage }] : [];
  });
  const changed = stopped.filter(({ lane, shortage }) => !isNoted(lane, shortage));
  await setShortages(tx, new Map(changed.map(({ lane, shortage }) => [lane.id, shortage])));
  const ended = lanes.filter((lane) => goesOn(lane) && lane.budget_scope !== null);
  const endedIds = ended.map(({ id }) => id);
  await clearShortages(tx, endedIds);
  const lacksBudget = ({ id }: LaneRow) => (filled.blocked.get(id)?.scope ?? BALANCE_SCOPE) !== BALANCE_SCOPE;
  const open = new Set(batchesOf(lanes.filter((lane) => !lacksBudget(lane))));
  const paused = batchesOf(lanes.filter((lane) => !lane.budget_paused))
    .filter((id) => !open.has(id))
    .slice(0, PAUSES_MAX);
  const stopping = await setBudgetPauses(tx, paused);
  const free = batchesOf(lanes.filter((lane) => lane.budget_paused && (goesOn(lane) || waitsForBalance(lane))));
  const goingOn = await clearBudgetPauses(tx, free.slice(0, PAUSES_MAX), PAUSES_MAX);
  for (const batch of stopping) await tellBatch(context, tx, 'batch.paused', targetOf(batch));
  for (const batch of goingOn) await tellBatch(context, tx, 'batch.resumed', targetOf(batch));
  for (const { lane, shortage } of stopped)
    if (isNews(lane, shortage) && shortage.scope !== BALANCE_SCOPE) await tellExhausted(context, tx, lane, shortage);
  return paused;
}

function targetOf({ id, project_id }: PausedBatch): BatchTarget {
  return { projectId: project_id, batchId: id };
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
