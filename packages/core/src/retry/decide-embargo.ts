/** How long dispatch closes for the whole account after a failure that is the account's or fal's own. */

import type { PauseReason } from '../batches/batch-states.ts';
import { classOf, type Failure } from '../failures/failure.ts';
import { type Policy, scaled } from '../policy/policy.ts';

export interface Embargo {
  readonly durationMs: number;
  /** Null for a mere rate limit: slower, not paused. */
  readonly pauseReason: Extract<PauseReason, 'provider_down' | 'provider_balance'> | null;
}

/** `failuresInARow` counts the account's provider-scope refusals since its last acceptance; each doubles the wait. */
export function decideEmbargo(failure: Failure, failuresInARow: number, policy: Policy): Embargo | null {
  if (classOf(failure).scope !== 'provider') return null;
  const limited = failure.kind === 'rate_limited';
  const base = limited ? policy.rateLimitEmbargoMs : policy.outageEmbargoMs;
  const durationMs = doubled(base, failuresInARow, policy);
  // What fal asks for is a header value: not ours to scale, but bounded.
  const asked = Math.min(failure.retryAfterMs ?? 0, policy.embargoMaxMs);
  return { durationMs: Math.max(durationMs, asked), pauseReason: limited ? null : pauseReasonOf(failure) };
}

function pauseReasonOf(failure: Failure): 'provider_down' | 'provider_balance' {
  return failure.kind === 'account_locked' ? 'provider_balance' : 'provider_down';
}

/** What the account's row says when a submit has ended without a clear answer. */
export interface UnclearStanding {
  /** This one included; a clear answer begins the row anew. */
  readonly unclearInARow: number;
  /** Submits that have no outcome yet: any of them may still be answered. */
  readonly underWay: number;
  readonly refusalsInARow: number;
  /** It was sent to learn whether an outage, a lock or a bad key is over. */
  readonly isProbe: boolean;
}

/**
 * Lost answers are usual, an outage is a row of nothing else. The row must also be as long as what is under way: of many
 * requests sent at once the failures may be heard first, and say nothing while the others can still be answered.
 */
export function decideOutage(standing: UnclearStanding, policy: Policy): Embargo | null {
  const { unclearInARow, underWay, refusalsInARow, isProbe } = standing;
  if (!isProbe && unclearInARow < Math.max(policy.unclearAnswersMax, underWay)) return null;
  return { durationMs: doubled(policy.outageEmbargoMs, refusalsInARow, policy), pauseReason: 'provider_down' };
}

/** Whether a refusal shows that fal is there and takes the account's requests: it judged this very one. */
export function isVerdictOnJob(failure: Failure): boolean {
  return failure.kind === 'submit_rejected' || failure.kind === 'model_not_found';
}

function doubled(baseMs: number, failuresInARow: number, policy: Policy): number {
  return scaled(policy, Math.min(baseMs * 2 ** Math.min(failuresInARow, 16), policy.embargoMaxMs));
}
