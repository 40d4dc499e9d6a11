/**
 * Which of the planned jobs fit the money. Rows are taken in order and never skipped for price, so a lane stops at its
 * first job that does not fit; the reservations made here are what the transaction then writes.
 */
import type { BudgetPeriod } from '../budgets/scopes-of.ts';
import type { NanoUsd } from '../money/nano-usd.ts';

/** One limit of one scope, with the sums of its current window. A scope may have a limit for each period. */
export interface Budget {
  readonly scope: string;
  readonly period: BudgetPeriod;
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

/** The first budget, outermost first, that the next job of a lane does not fit. */
export interface Shortage {
  readonly scope: string;
  readonly period: BudgetPeriod;
  readonly neededNanoUsd: NanoUsd;
}

export interface BudgetFit {
  readonly taken: readonly Candidate[];
  /** By lane. */
  readonly blocked: ReadonlyMap<string, Shortage>;
}

interface Room {
  readonly period: BudgetPeriod;
  left: NanoUsd;
}

export function fitBudgets(candidates: readonly Candidate[], budgets: readonly Budget[]): BudgetFit {
  const rooms = roomsOf(budgets);
  const taken: Candidate[] = [];
  const blocked = new Map<string, Shortage>();
  for (const candidate of candidates) {
    if (blocked.has(candidate.laneId)) continue;
    const full = findShortage(candidate, rooms);
    if (full !== undefined) {
      blocked.set(candidate.laneId, full);
      continue;
    }
    for (const scope of candidate.scopes) {
      for (const room of rooms.get(scope) ?? []) room.left -= candidate.worstCaseNanoUsd;
    }
    taken.push(candidate);
  }
  return { taken, blocked };
}

function roomsOf(budgets: readonly Budget[]): Map<string, Room[]> {
  const rooms = new Map<string, Room[]>();
  for (const { scope, period, limitNanoUsd, reservedNanoUsd, chargedNanoUsd } of budgets) {
    if (limitNanoUsd === null) continue;
    const room = { period, left: limitNanoUsd - reservedNanoUsd - chargedNanoUsd };
    rooms.set(scope, [...(rooms.get(scope) ?? []), room]);
  }
  return rooms;
}

function findShortage(candidate: Candidate, rooms: ReadonlyMap<string, readonly Room[]>): Shortage | undefined {
  const { scopes, worstCaseNanoUsd: neededNanoUsd } = candidate;
  for (const scope of scopes) {
    const full = rooms.get(scope)?.find(({ left }) => left < neededNanoUsd);
    if (full) return { scope, period: full.period, neededNanoUsd };
  }
  return undefined;
}
