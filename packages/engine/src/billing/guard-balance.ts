/**
 * Reads what is left on the provider account and closes dispatch before fal locks it: what is under way must be covered,
 * and a full set of slots more, or all that waits where that is less. Opens again by itself when the account was topped up. An account whose balance cannot be
 * read is not guarded, and that is said once.
 */
import { formatUsd, judgeBalance, scaled } from '@reelay/core';
import {
  closeIncident,
  inTransaction,
  lockAccount,
  noteBalanceUnknown,
  raiseIncident,
  readBalanceNeeds,
  storeBalance,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';

export type BalanceReport =
  | { readonly kind: 'enough' | 'low'; readonly rows: number | null }
  | { readonly kind: 'unknown' };

const KEY = 'fal';

export async function guardBalance(context: Context): Promise<BalanceReport> {
  const read = await context.fal.readBalance();
  if (read.kind !== 'read') return unknown(context, read.kind === 'unavailable' ? read.failure.message : null);
  const { balanceNanoUsd } = read;
  const balance = formatUsd(balanceNanoUsd);
  const { before, now } = await inTransaction(context.db, async (tx) => {
    // What is under way does not grow between this reading and the verdict on it.
    await lockAccount(tx);
    const needs = await readBalanceNeeds(tx);
    const verdict = judgeBalance({
      balanceNanoUsd,
      underWayNanoUsd: needs.under_way_nano_usd,
      inFlightMax: needs.in_flight_max,
      waiting: needs.waiting,
      meanNanoUsd: needs.mean_nano_usd,
    });
    await storeBalance(tx, { balanceNanoUsd, ...verdict });
    if (!verdict.low) await closeIncident(tx, 'provider_balance_low', KEY);
    else {
      const rows = verdict.rows ?? 0;
      await raiseIncident(tx, {
        id: newId(context, 'incident'),
        projectId: null,
        kind: 'provider_balance_low',
        key: KEY,
        message: `fal's balance of $${balance} is enough for ${rows} more rows beside what runs; nothing more is sent until it is topped up at fal.ai/dashboard/billing`,
        detail: { balance, rows },
      });
    }
    return { before: needs.low, now: verdict };
  });
  const fields = { balance, rows: now.rows };
  if (now.low && !before) context.log.warn(fields, 'the balance at fal is low: nothing more is dispatched');
  if (!now.low && before) context.log.info(fields, 'the balance at fal is enough again');
  return { kind: now.low ? 'low' : 'enough', rows: now.rows };
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
