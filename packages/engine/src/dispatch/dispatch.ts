/**
 * Moves jobs from the backlog to fal's slots: as many as there are free slots and money, shared fairly. One transaction
 * under the account's lock reads sums and slots, asks core for the plan, and writes attempts and reservations together, so
 * any number of dispatchers spends a limit exactly. Safe to run twice or to die in: what is not committed was not taken,
 * and what is committed but not enqueued is a reserved attempt that patrol drives again.
 */
import { planShare, scaled, taskLostMs } from '@reelay/core';
import {
  type AccountRow,
  countSlots,
  foldLedger,
  insertReservations,
  inTransaction,
  type LaneSlots,
  lockAccount,
  markServed,
  openLanes,
  readAccount,
  readBalanceLeft,
  readMoment,
  reserveBudgets,
  rollBudgets,
  type Tx,
  wakeBackoffs,
} from '@reelay/db';
import { tellThresholds } from '../budgets/tell-budgets.ts';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { applyBrakes } from './apply-brakes.ts';
import { attemptOf } from './attempt-of.ts';
import { closeTooDear } from './close-too-dear.ts';
import { fillSlots } from './fill-slots.ts';
import { freeSlots } from './free-slots.ts';
import { recordBalance } from './record-balance.ts';
import { recordShortages } from './record-shortages.ts';

export interface DispatchReport {
  readonly reserved: number;
  /** Batches that stopped at this run for want of money. */
  readonly outOfBudget: readonly string[];
}

interface Taken {
  readonly ids: readonly string[];
  readonly report: DispatchReport;
  /** Of the budgets that were drawn on or have stopped a lane. */
  readonly scopes: readonly string[];
}

const NOTHING: Taken = { ids: [], report: { reserved: 0, outOfBudget: [] }, scopes: [] };

export async function dispatch(context: Context): Promise<DispatchReport> {
  const { ids, report } = await inTransaction(context.db, async (tx) => {
    await lockAccount(tx);
    const folded = await foldLedger(tx);
    await context.failpoint('dispatch.locked');
    const taken = await take(context, tx);
    await tellThresholds(context, tx, [...new Set([...folded, ...taken.scopes])]);
    if (taken.ids.length > 0) await context.failpoint('dispatch.before_commit');
    return taken;
  });
  if (ids.length > 0) await context.failpoint('dispatch.committed');
  await enqueueAfterCommit(context, 'submit', ids);
  if (ids.length > 0) context.log.debug({ count: ids.length }, 'attempts reserved');
  return report;
}

interface Standing {
  readonly account: AccountRow;
  readonly held: readonly LaneSlots[];
  readonly braked: ReadonlySet<string>;
}

async function take(context: Context, tx: Tx): Promise<Taken> {
  const account = await readAccount(tx);
  if (account.stopped || account.embargoed || account.observing) return NOTHING;
  const braked = await applyBrakes(context, tx);
  await wakeBackoffs(tx);
  const held = await countSlots(tx);
  return reserve(context, tx, freeSlots(account, held), { account, held, braked });
}

async function reserve(context: Context, tx: Tx, free: number, { account, held, braked }: Standing): Promise<Taken> {
  if (free <= 0) return NOTHING;
  const moment = await readMoment(tx);
  await rollBudgets(tx, moment);
  const lanes = (await openLanes(tx, free)).filter(({ batch_id }) => batch_id === null || !braked.has(batch_id));
  const balanceLeft = await readBalanceLeft(tx, scaled(context.policy, context.policy.balanceStaleMs));
  const filled = await fillSlots(tx, lanes, held, { free, balanceLeft, share: planShare });
  await closeTooDear(context, tx, filled.tooDear);
  const attempts = filled.jobs.map((job) => attemptOf(context, job));
  if (attempts.length > 0) {
    await insertReservations(tx, attempts, { at: moment.at, redriveMs: taskLostMs(context.policy, 1) });
    await reserveBudgets(tx, filled.reserved, moment.at);
    await markServed(tx, [...new Set(filled.jobs.map(({ lane_id }) => lane_id))]);
  }
  const outOfBudget = await recordShortages(context, tx, lanes, filled);
  await recordBalance(context, tx, account, lanes, filled);
  const stoppedAt = [...filled.blocked.values()].map(({ scope }) => scope);
  return {
    ids: attempts.map(({ id }) => id),
    report: { reserved: attempts.length, outOfBudget },
    scopes: [...filled.reserved.keys(), ...stoppedAt],
  };
}
