/**
 * Moves jobs from the backlog to fal's slots: as many as there are free slots and money, shared fairly. One transaction
 * under the account's lock reads sums and slots, asks core for the plan, and writes attempts and reservations together, so
 * any number of dispatchers spends a limit exactly. Safe to run twice or to die in: what is not committed was not taken,
 * and what is committed but not enqueued is a reserved attempt that patrol drives again.
 */
import { planShare, taskLostMs } from '@reelay/core';
import {
  clearBudgetPauses,
  countSlots,
  foldLedger,
  insertReservations,
  inTransaction,
  type LaneRow,
  type LaneSlots,
  lockAccount,
  markServed,
  openLanes,
  readAccount,
  reserveBudgets,
  setBudgetPauses,
  type Tx,
  wakeBackoffs,
} from '@reelay/db';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { applyBrakes } from './apply-brakes.ts';
import { attemptOf } from './attempt-of.ts';
import { type Filled, fillSlots } from './fill-slots.ts';
import { freeSlots } from './free-slots.ts';

export interface DispatchReport {
  readonly reserved: number;
  /** Batches that stopped at this run for want of money. */
  readonly outOfBudget: readonly string[];
}

const NOTHING: DispatchReport = { reserved: 0, outOfBudget: [] };

export async function dispatch(context: Context): Promise<DispatchReport> {
  const { ids, report } = await inTransaction(context.db, async (tx) => {
    await lockAccount(tx);
    await foldLedger(tx);
    await context.failpoint('dispatch.locked');
    const account = await readAccount(tx);
    if (account.stopped || account.embargoed || account.observing || account.balance_low)
      return { ids: [], report: NOTHING };
    const braked = await applyBrakes(context, tx);
    await wakeBackoffs(tx);
    const held = await countSlots(tx);
    const taken = await reserve(context, tx, freeSlots(account, held), { held, braked });
    if (taken.ids.length > 0) await context.failpoint('dispatch.before_commit');
    return taken;
  });
  if (ids.length > 0) await context.failpoint('dispatch.committed');
  await enqueueAfterCommit(context, 'submit', ids);
  if (ids.length > 0) context.log.debug({ count: ids.length }, 'attempts reserved');
  return report;
}

interface Standing {
  readonly held: readonly LaneSlots[];
  readonly braked: ReadonlySet<string>;
}

async function reserve(context: Context, tx: Tx, free: number, { held, braked }: Standing) {
  if (free <= 0) return { ids: [], report: NOTHING };
  const lanes = (await openLanes(tx, free)).filter(({ batch_id }) => batch_id === null || !braked.has(batch_id));
  const filled = await fillSlots(tx, lanes, held, free, planShare);
  const attempts = filled.jobs.map((job) => attemptOf(context, job));
  if (attempts.length > 0) {
    await insertReservations(tx, attempts, taskLostMs(context.policy, 1));
    await reserveBudgets(tx, filled.reserved);
    await markServed(tx, [...new Set(filled.jobs.map(({ lane_id }) => lane_id))]);
  }
  const outOfBudget = await recordBudgetPauses(tx, lanes, filled);
  return { ids: attempts.map(({ id }) => id), report: { reserved: attempts.length, outOfBudget } };
}

/** `budget` is dispatch's own pause: set on lanes that stopped for money, lifted from those that could go on. */
async function recordBudgetPauses(tx: Tx, lanes: readonly LaneRow[], filled: Filled): Promise<string[]> {
  const batchesOf = (wanted: (lane: LaneRow) => boolean) =>
    lanes.flatMap((lane) => (lane.batch_id !== null && wanted(lane) ? [lane.batch_id] : []));
  const newly = batchesOf((lane) => filled.blocked.has(lane.id) && !lane.budget_paused);
  const goingOn = batchesOf((lane) => lane.budget_paused && filled.served.has(lane.id) && !filled.blocked.has(lane.id));
  await setBudgetPauses(tx, newly);
  await clearBudgetPauses(tx, goingOn);
  return newly;
}
