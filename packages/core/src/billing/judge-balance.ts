/**
 * Whether the provider account's balance still covers what is under way and a full set of slots more, or all that waits
 * where that is less: work that the balance covers is never held up. What is under way
 * leaves the balance only when it ends, so balance less reservations does not move while jobs run: it falls with every
 * job that is dispatched, and a pause set here stays until somebody tops up.
 */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface BalanceFacts {
  readonly balanceNanoUsd: NanoUsd;
  /** Reserved by attempts that are under way. */
  readonly underWayNanoUsd: NanoUsd;
  readonly inFlightMax: number;
  /** Jobs that wait to be sent; may be counted no further than `inFlightMax`. */
  readonly waiting: number;
  /** Their mean estimate; null: none waits. */
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
  waiting,
  meanNanoUsd,
}: BalanceFacts): BalanceVerdict {
  if (meanNanoUsd === null || meanNanoUsd <= 0n) return { low: false, rows: null };
  const left = balanceNanoUsd - underWayNanoUsd;
  const rows = left > 0n ? left / meanNanoUsd : 0n;
  const next = BigInt(Math.min(inFlightMax, waiting)) * meanNanoUsd;
  // An account that is spent to the last cent is locked.
  return { low: left <= next, rows: Number(rows > ROWS_MAX ? ROWS_MAX : rows) };
}
