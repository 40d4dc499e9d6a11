/**
 * How an endpoint that fails is treated: fewer calls at a time, then one with a pause after each, and after five days of
 * nothing but failures none. Its project hears of it on the way. One success ends all of that.
 */
import { type Policy, scaled } from '../policy/policy.ts';

/** Registered endpoints of one project. Every event has a row for each that it is for, so their number is bounded. */
export const ENDPOINTS_PER_PROJECT_MAX = 50;
/** Calls to one endpoint at a time while it answers well. */
export const CALLS_PER_ENDPOINT_MAX = 8;
/** So many failures in a row open the breaker: from then on one probe at a time. */
export const BREAKER_FAILURES = 5;
const PROBE_PAUSE_MS = 10_000;
const PROBE_PAUSE_MAX_MS = 300_000;
const OVERLOAD_PAUSE_MS = 1_000;
const OVERLOAD_PAUSE_MAX_MS = 60_000;
const FAILING_MAX_MS = 5 * 24 * 60 * 60 * 1000;

export const NOTICE_PERCENTS = [50, 70, 90, 100] as const;
export type NoticePercent = (typeof NOTICE_PERCENTS)[number];

/** The pause before the next probe; null: the breaker is closed. `failuresInRow` counts the one that just was. */
export function probePauseMs(policy: Policy, failuresInRow: number, chance: number): number | null {
  const probes = failuresInRow - BREAKER_FAILURES;
  if (probes < 0) return null;
  const pauseMs = Math.min(PROBE_PAUSE_MS * 2 ** Math.min(probes, 10), PROBE_PAUSE_MAX_MS);
  return scaled(policy, pauseMs * (0.9 + 0.2 * chance));
}

/**
 * What an endpoint is left alone for that is overloaded and does not say for how long. One such answer among many costs a
 * second, so that a proxy which answers so now and then does not hold thousands of events back for hours.
 */
export function overloadPauseMs(policy: Policy, failuresInRow: number): number {
  const doublings = Math.min(Math.max(failuresInRow - 1, 0), 10);
  return scaled(policy, Math.min(OVERLOAD_PAUSE_MS * 2 ** doublings, OVERLOAD_PAUSE_MAX_MS));
}

/** The highest notice that so long a time of only failures has reached; null: none yet. At 100 the endpoint is disabled. */
export function noticeFor(policy: Policy, failingForMs: number): NoticePercent | null {
  const percent = (failingForMs * 100) / scaled(policy, FAILING_MAX_MS);
  return NOTICE_PERCENTS.findLast((notice) => percent >= notice) ?? null;
}

/** How long two secrets of an endpoint sign after a rotation. */
export function rotationOverlapMs(policy: Policy): number {
  return scaled(policy, 24 * 60 * 60 * 1000);
}
