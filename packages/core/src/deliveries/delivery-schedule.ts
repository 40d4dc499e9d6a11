/**
 * When a delivery is tried again. Ten tries in a little more than three days; what none of them brought over stays where
 * it is until somebody asks for it.
 */
import { type Policy, scaled } from '../policy/policy.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The wait before each try, counted from the one before it. */
export const DELIVERY_WAITS_MS = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** ± this share of a wait is chance, so that what failed together does not come back together. */
const JITTER = 0.1;

/** After so many failed tries; null: that was the last one. `chance` is uniform in [0, 1). */
export function nextTryMs(policy: Policy, triesMade: number, chance: number): number | null {
  const waitMs = DELIVERY_WAITS_MS[triesMade];
  return waitMs === undefined ? null : scaled(policy, waitMs * (1 + JITTER * (2 * chance - 1)));
}
