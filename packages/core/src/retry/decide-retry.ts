/** The retry policy: whether a job whose attempt ended badly goes back to the queue, and when. Nobody else retries. */
import { classOf, type Failure, type FailureKind } from '../failures/failure.ts';
import { type Policy, scaled } from '../policy/policy.ts';

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number; readonly countsAsAttempt: boolean }
  | { readonly kind: 'give_up'; readonly reason: 'not_retryable' | 'attempts_used_up' | 'cancelled' };

export interface RetryQuestion {
  readonly failure: Failure;
  /** Attempts of this run of the job that fal ran and failed, before this one. */
  readonly failedAttempts: number;
  readonly maxAttempts: number;
  /** Attempts of this run of the job that fal never ran, before this one. */
  readonly neverRan: number;
  readonly cancelRequested: boolean;
}

/** fal never ran these and never billed them, so they cost the job no attempt; but not for ever. */
export const NEVER_RAN: readonly FailureKind[] = ['start_timeout', 'not_sent'];

/** `chance` is uniform in [0, 1). */
export function decideRetry(question: RetryQuestion, policy: Policy, chance: number): RetryDecision {
  const { retryable, scope } = classOf(question.failure);
  if (question.cancelRequested) return { kind: 'give_up', reason: 'cancelled' };
  if (!retryable) return { kind: 'give_up', reason: 'not_retryable' };
  // The account's embargo holds the job back; the job itself did nothing wrong.
  if (scope === 'provider') return { kind: 'retry', delayMs: 0, countsAsAttempt: false };
  const countsAsAttempt = !NEVER_RAN.includes(question.failure.kind);
  if (!countsAsAttempt && question.neverRan + 1 >= policy.neverRanMax)
    return { kind: 'give_up', reason: 'attempts_used_up' };
  const failed = question.failedAttempts + (countsAsAttempt ? 1 : 0);
  if (failed >= question.maxAttempts) return { kind: 'give_up', reason: 'attempts_used_up' };
  return { kind: 'retry', delayMs: backoffMs(Math.max(failed, 1), policy, chance), countsAsAttempt };
}

function backoffMs(failed: number, policy: Policy, chance: number): number {
  const steps = policy.backoffMs;
  const base = steps[Math.min(failed, steps.length) - 1] ?? 0;
  return scaled(policy, base * (1 + policy.backoffJitter * (2 * chance - 1)));
}
