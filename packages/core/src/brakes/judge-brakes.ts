/**
 * When a batch stops itself: too much money spent on attempts that brought nothing, or too many of its last jobs failed or went to review. Asked by
 * dispatch before it reserves more, so nothing is reserved after the verdict; what runs already may still add to it.
 */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface PauseIf {
  /** Above 0, at most 1. */
  readonly errorRate: number;
  /** Jobs that are looked at: the last that ended. No verdict before as many have. */
  readonly window: number;
}

export interface BrakeFacts {
  readonly maxWasteNanoUsd: NanoUsd | null;
  /** Since a person last resumed the batch, like the jobs below. */
  readonly wastedNanoUsd: NanoUsd;
  readonly pauseIf: PauseIf | null;
  /** Of the last jobs that ended, at most the window. */
  readonly ended: number;
  readonly failed: number;
}

export type BrakeReason = 'waste' | 'error_rate';

export function judgeBrakes(facts: BrakeFacts): BrakeReason | null {
  const { maxWasteNanoUsd, wastedNanoUsd, pauseIf, ended, failed } = facts;
  // A limit of zero stops at the first waste, not before anything happened.
  if (maxWasteNanoUsd !== null && wastedNanoUsd > 0n && wastedNanoUsd >= maxWasteNanoUsd) return 'waste';
  if (pauseIf !== null && ended >= pauseIf.window && failed > 0 && failed / ended >= pauseIf.errorRate) {
    return 'error_rate';
  }
  return null;
}

/** The share of the last jobs that failed; null when none has ended. */
export function errorRateOf({ ended, failed }: Pick<BrakeFacts, 'ended' | 'failed'>): number | null {
  return ended === 0 ? null : failed / ended;
}
