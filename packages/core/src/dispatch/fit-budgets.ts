/**
 * Which of the planned jobs fit the money. Rows are taken in order and never skipped for price, so a lane stops at its
 * first job that does not fit; the reservations made here are what the transaction then writes.
 */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface Budget {
  readonly scope: string;
  /** Null: no limit. */
  readonly limitNanoUsd: NanoUsd | null;
  readonly reservedNanoUsd: NanoUsd;
  readonly chargedNanoUsd: NanoUsd;
}

export interface Candidate {
  readonly jobId: string;
  readonly laneId: string;
  readonly worstCaseNanoUsd: NanoUsd;
  /** Scopes of every budget that this job counts in. */
  readonly scopes: readonly string[];
}

export interface BudgetFit {
  readonly taken: readonly Candidate[];
  /** Lane → the scope that had no room for its next job. */
  readonly blocked: ReadonlyMap<string, string>;
}

export function fitBudgets(candidates: readonly Candidate[], budgets: readonly Budget[]): BudgetFit {
  const room = new Map<string, NanoUsd>();
  for (const budget of budgets) {
    if (budget.limitNanoUsd !== null) {
      room.set(budget.scope, budget.limitNanoUsd - budget.reservedNanoUsd - budget.chargedNanoUsd);
    }
  }
  const taken: Candidate[] = [];
  const blocked = new Map<string, string>();
  for (const candidate of candidates) {
    if (blocked.has(candidate.laneId)) continue;
    const full = candidate.scopes.find(
      (scope) => (room.get(scope) ?? candidate.worstCaseNanoUsd) < candidate.worstCaseNanoUsd,
    );
    if (full !== undefined) {
      blocked.set(candidate.laneId, full);
      continue;
    }
    for (const scope of candidate.scopes) {
      const left = room.get(scope);
      if (left !== undefined) room.set(scope, left - candidate.worstCaseNanoUsd);
    }
    taken.push(candidate);
  }
  return { taken, blocked };
}
