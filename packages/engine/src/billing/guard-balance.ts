/**
 * Reads what is left on the provider account, for dispatch to hold every job against: a job that the account could be locked
 * over waits, and its batch says so. Opens again by itself when a reading shows room, after a top-up or because what was
 * under way has cost less. An account whose balance cannot be read is not guarded, and that is said once.
 */
import { formatUsd, rowsCovered, scaled } from '@reelay/core';
import {
  closeIncident,
  inTransaction,
  lockAccount,
  noteBalanceUnknown,
  readBalanceNeeds,
  readUnderWay,
  storeBalance,
  type UnderWay,
} from '@reelay/db';
import type { Context } from '../context.ts';

export type BalanceReport =
  | { readonly kind: 'enough' | 'low'; readonly rows: number | null }
  | { readonly kind: 'unknown' };

/** Of the incident: there is one account. */
export const BALANCE_KEY = 'fal';

export async function guardBalance(context: Context): Promise<BalanceReport> {
  // Before the balance is asked for: what ends in between is missing in the answer, perhaps, and must be counted here.
  const underWay = await inTransaction(context.db, async (tx) => {
    await lockAccount(tx);
    return readUnderWay(tx);
  });
  const read = await context.fal.readBalance();
  if (read.kind !== 'read') return unknown(context, read.kind === 'unavailable' ? read.failure.message : null);
  return store(context, read.balanceNanoUsd, underWay);
}

async function store(context: Context, balanceNanoUsd: bigint, underWay: UnderWay): Promise<BalanceReport> {
  const left = balanceNanoUsd - underWay.under_way_nano_usd;
  const { before, low, rows } = await inTransaction(context.db, async (tx) => {
    const needs = await readBalanceNeeds(tx);
    const needed = needs.needed_nano_usd;
    const low = needs.low && needed !== null && left <= needed;
    const rows = rowsCovered(left, needs.mean_nano_usd);
    await storeBalance(tx, { balanceNanoUsd, underWay, low, rows });
    if (!low) await closeIncident(tx, 'provider_balance_low', BALANCE_KEY);
    return { before: needs.low, low, rows };
  });
  if (before && !low)
    context.log.info({ balance: formatUsd(balanceNanoUsd), rows }, 'the balance at fal is enough again');
  return { kind: low ? 'low' : 'enough', rows };
}

async function unknown(context: Context, why: string | null): Promise<BalanceReport> {
  const staleMs = scaled(context.policy, context.policy.balanceStaleMs);
  const isFirst = await noteBalanceUnknown(context.db.prisma, staleMs);
  if (isFirst) {
    const advice =
      'the balance at fal cannot be read, so nothing is paused before it runs out; give FAL_KEY admin rights';
    context.log.warn({ why }, advice);
  }
  return { kind: 'unknown' };
}
