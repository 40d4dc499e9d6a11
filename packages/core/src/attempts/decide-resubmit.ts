/**
 * Rule R: whether an unknown attempt may be declared lost, so that its job is submitted again. Absence is never proof, so
 * every condition must hold, it happens once per job, and a batch says how much money may be at stake.
 *
 * What makes a second POST safe but for that money: a sender writes its one request before its deadline or not at all
 * (it asks its own clock, which no pause stops, before the first byte), so once deadline and grace are long past nothing
 * more leaves. fal drops unpaid what it has not started within the start timeout; then the longest run and the last
 * callback have passed as well. Two complete listings read after all that are empty. What remains is a listing that
 * still lags, or a process that stopped between its last look at the clock and the write for hours: that is what the
 * batch's limit is for.
 */
import type { NanoUsd } from '../money/nano-usd.ts';
import { DEFAULT_UNKNOWN_BUDGET_PERCENT } from '../policy/policy.ts';

/** Complete listings without the attempt, read after it was spent. */
export const EMPTY_LOOKS_NEEDED = 2;

export interface ResubmitFacts {
  readonly onUnknown: 'review' | 'resubmit';
  /** There is a listing to be read. */
  readonly hasListing: boolean;
  readonly jobOpen: boolean;
  readonly cancelRequested: boolean;
  readonly batchOpen: boolean;
  /** An attempt of the job, in any of its runs, was declared lost by this rule before. */
  readonly declaredBefore: boolean;
  /** Another attempt could take the job over its own max_cost. */
  readonly overMaxCost: boolean;
  /** The sender's deadline and grace have passed. */
  readonly senderGone: boolean;
  /** Start timeout, longest run, callbacks and a margin have passed since that deadline. */
  readonly spent: boolean;
  readonly emptyLooks: number;
  /** fal takes requests: no embargo, no outage, no stop. */
  readonly accountOpen: boolean;
  readonly reservedNanoUsd: NanoUsd;
  /** What attempts of the batch that were declared lost by this rule hold already. */
  readonly declaredNanoUsd: NanoUsd;
  readonly budgetNanoUsd: NanoUsd;
}

export type ResubmitDecision =
  | { readonly kind: 'resubmit' }
  /** It may still come to that. */
  | { readonly kind: 'wait'; readonly until: 'spent' | 'looked' | 'account_open' }
  /** It never will: late evidence or a person decides. */
  | {
      readonly kind: 'review';
      readonly because:
        | 'not_asked_for'
        | 'no_listing'
        | 'job_closed'
        | 'cancelled'
        | 'batch_closed'
        | 'second_time'
        | 'over_max_cost'
        | 'over_budget';
    };

export function decideResubmit(facts: ResubmitFacts): ResubmitDecision {
  if (facts.onUnknown !== 'resubmit') return review('not_asked_for');
  if (!facts.hasListing) return review('no_listing');
  if (!facts.jobOpen) return review('job_closed');
  if (facts.cancelRequested) return review('cancelled');
  if (!facts.batchOpen) return review('batch_closed');
  if (facts.declaredBefore) return review('second_time');
  if (facts.overMaxCost) return review('over_max_cost');
  if (facts.declaredNanoUsd + facts.reservedNanoUsd > facts.budgetNanoUsd) return review('over_budget');
  if (!facts.senderGone || !facts.spent) return { kind: 'wait', until: 'spent' };
  if (facts.emptyLooks < EMPTY_LOOKS_NEEDED) return { kind: 'wait', until: 'looked' };
  return facts.accountOpen ? { kind: 'resubmit' } : { kind: 'wait', until: 'account_open' };
}

function review(because: Extract<ResubmitDecision, { kind: 'review' }>['because']): ResubmitDecision {
  return { kind: 'review', because };
}

/** How much a batch's attempts that are declared lost by rule may hold: what it says, or a share of its estimate. */
export function unknownBudget(said: NanoUsd | null, estimatedNanoUsd: NanoUsd): NanoUsd {
  return said ?? (estimatedNanoUsd * BigInt(DEFAULT_UNKNOWN_BUDGET_PERCENT)) / 100n;
}
