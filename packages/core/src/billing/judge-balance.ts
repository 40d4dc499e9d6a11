/**
 * Whether the provider account's balance still covers what is under way and a full set of slots more. What is under way
 * leaves the balance only when it ends, so balance less reservations does not move while jobs run: it falls with every
 * job that is dispatched, and a pause set here stays until somebody tops up.
 */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface BalanceFacts {
  readonly balanceNanoUsd: NanoUsd;
  /** Reserved by attempts that are under way. */
  readonly underWayNanoUsd: NanoUsd;
  readonly inFlightMax: number;
  /** Mean estimate of the jobs that wait; null: none waits. */
  readonly meanNanoUsd: NanoUsd | null;
}

export interface BalanceVerdict {
  readonly low: boolean;
  /** For so many jobs more it is enough; null when nobody can say. */
  readonly rows: number | null;
}

const ROWS_MAX = 2_000_000_000n;

export function judgeBalance({
  balanceNanoUsd,
  underWayNanoUsd,
  inFlightMax,
  meanNanoUsd,
}: BalanceFacts): BalanceVerdict {
  if (meanNanoUsd === null || meanNanoUsd <= 0n) return { low: false, rows: null };
  const left = balanceNanoUsd - underWayNanoUsd;
  const rows = left > 0n ? left / meanNanoUsd : 0n;
  // An account that is spent to the last cent is locked.
  return { low: left <= BigInt(inFlightMax) * meanNanoUsd, rows: Number(rows > ROWS_MAX ? ROWS_MAX : rows) };
}
