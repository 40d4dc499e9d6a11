/**
 * Says that a lane waits because the provider account's balance does not cover its next job, and that none does any more.
 * Only what has changed is written.
 */
import { BALANCE_SCOPE, formatUsd } from '@reelay/core';
import { type AccountRow, closeIncident, type LaneRow, raiseIncident, setBalanceLow, type Tx } from '@reelay/db';
import { BALANCE_KEY } from '../billing/guard-balance.ts';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import type { Filled } from './fill-slots.ts';

export async function recordBalance(
  context: Context,
  tx: Tx,
  account: AccountRow,
  lanes: readonly LaneRow[],
  filled: Filled,
): Promise<void> {
  const short = [...filled.blocked.values()].find(({ scope }) => scope === BALANCE_SCOPE);
  // A lane that was not looked at this time, because others had the slots, still waits.
  const waits = lanes.some(
    ({ id, budget_scope }) => budget_scope === BALANCE_SCOPE && !filled.served.has(id) && !filled.blocked.has(id),
  );
  if (account.balance_low !== (short !== undefined || waits)) await setBalanceLow(tx, !account.balance_low);
  if (account.balance_low && short === undefined && !waits) {
    await closeIncident(tx, 'provider_balance_low', BALANCE_KEY);
    context.log.info({}, 'the balance at fal is enough again');
  }
  if (account.balance_low || short === undefined) return;
  const needed = formatUsd(short.neededNanoUsd);
  await raiseIncident(tx, {
    id: newId(context, 'incident'),
    projectId: null,
    kind: 'provider_balance_low',
    key: BALANCE_KEY,
    message: `fal's balance does not cover the next row, for $${needed}, beside what is under way; such rows wait until it is topped up at fal.ai/dashboard/billing`,
    detail: { needed },
  });
  context.log.warn({ needed }, 'the balance at fal is low: what it does not cover waits');
}
