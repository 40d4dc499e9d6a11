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
  const doubled = Math.min(base * 2 ** Math.min(failuresInARow, 16), policy.embargoMaxMs);
  // What fal asks for is a header value: not ours to scale, but bounded.
  const asked = Math.min(failure.retryAfterMs ?? 0, policy.embargoMaxMs);
  return { durationMs: Math.max(scaled(policy, doubled), asked), pauseReason: limited ? null : pauseReasonOf(failure) };
}

function pauseReasonOf(failure: Failure): 'provider_down' | 'provider_balance' {
  return failure.kind === 'account_locked' ? 'provider_balance' : 'provider_down';
}
