/**
 * What the provider account's balance still pays for. A request is taken off the balance when it ends, so all that was
 * under way when the balance was read, and all that was reserved since, counts as spent until the next reading. Dispatch
 * takes the rest for one more limit, beneath the budgets: it never reserves what the account could be locked over.
 */
import type { Budget } from '../dispatch/fit-budgets.ts';
import type { NanoUsd } from '../money/nano-usd.ts';

/** The scope of that limit. No budget has it. */
export const BALANCE_SCOPE = 'provider_balance';

/** An account that is spent to the last cent is locked, so something has to be left. */
const LEFT_OVER = 1n;

export function balanceLimit(leftNanoUsd: NanoUsd, reservedNanoUsd: NanoUsd): Budget {
  return {
    scope: BALANCE_SCOPE,
    period: 'total',
    limitNanoUsd: leftNanoUsd - LEFT_OVER,
    reservedNanoUsd,
    chargedNanoUsd: 0n,
  };
}

const ROWS_MAX = 2_000_000_000n;

/** For how many jobs of this mean price it is enough; null when none waits. */
export function rowsCovered(leftNanoUsd: NanoUsd, meanNanoUsd: NanoUsd | null): number | null {
  if (meanNanoUsd === null || meanNanoUsd <= 0n) return null;
  const rows = leftNanoUsd > LEFT_OVER ? (leftNanoUsd - LEFT_OVER) / meanNanoUsd : 0n;
  return Number(rows > ROWS_MAX ? ROWS_MAX : rows);
}
