/** What must hold of budgets after every step, judged by the ledger's entries alone. */
import type { BudgetPeriod } from '@reelay/core';
import type { BudgetFact, EntryFact, MoneyFacts } from './money-facts.ts';
import type { Step } from './money-steps.ts';

const CHARGES = ['charge', 'orphan_charge', 'adjust'];

/** When the window of a period that holds a moment begins; null for the one that never ends. */
export function windowOf(period: BudgetPeriod, ms: number): number | null {
  if (period === 'total') return null;
  const at = new Date(ms);
  const day = period === 'month' ? 1 : at.getUTCDate();
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), day, period === 'hour' ? at.getUTCHours() : 0);
}

interface Window {
  readonly scope: string;
  readonly period: BudgetPeriod;
  readonly startMs: number | null;
}

function sumsOf(facts: MoneyFacts, { scope, period, startMs }: Window, counts: (entry: EntryFact) => boolean) {
  let [reserved, charged] = [0n, 0n];
  for (const entry of facts.entries) {
    const attempt = facts.attempts.get(entry.attemptId);
    if (!attempt?.scopes.includes(scope) || windowOf(period, attempt.reservedAtMs) !== startMs) continue;
    if (!counts(entry)) continue;
    if (entry.kind === 'reserve') reserved += entry.amount;
    else if (entry.kind === 'release') reserved -= entry.amount;
    else if (CHARGES.includes(entry.kind)) charged += entry.amount;
  }
  return { reserved, charged, spent: reserved + charged };
}

const nameOf = ({ scope, period }: { scope: string; period: string }) => `${scope} (${period})`;

/** No reservation of this step took reserved + charged over a limit; with others at once, over the higher of two. */
export function findOvershoot(step: Step, before: MoneyFacts, now: MoneyFacts): string[] {
  const fresh = [...now.attempts.values()].filter(({ id }) => !before.attempts.has(id));
  const limits = new Map<string, BudgetFact>();
  for (const budget of now.budgets) limits.set(nameOf(budget), budget);
  return fresh.flatMap((attempt) =>
    [...limits.values()].flatMap((budget) => {
      const earlier = before.budgets.find((other) => nameOf(other) === nameOf(budget));
      const limit = step.alone ? budget.limit : higher(budget.limit, earlier ? earlier.limit : null);
      if (limit === null || !attempt.scopes.includes(budget.scope)) return [];
      const startMs = windowOf(budget.period, attempt.reservedAtMs);
      const { spent } = sumsOf(now, { ...budget, startMs }, () => true);
      return spent > limit ? [`${nameOf(budget)}: ${spent} of ${limit}`] : [];
    }),
  );
}

const higher = (one: bigint | null, other: bigint | null) =>
  one === null || other === null ? null : one > other ? one : other;

/** Every row holds what the folded entries of its window add up to. */
export function findDrift(now: MoneyFacts): string[] {
  return now.budgets.flatMap((budget) => {
    const { reserved, charged } = sumsOf(now, { ...budget, startMs: budget.windowMs }, ({ folded }) => folded);
    if (budget.reserved === reserved && budget.charged === charged) return [];
    return [`${nameOf(budget)} holds ${budget.reserved} + ${budget.charged}, its entries ${reserved} + ${charged}`];
  });
}

/** After a dispatch that left slots free: whoever waits really lacks money somewhere, and it says where. */
export function findIdle(now: MoneyFacts, nowMs: number): string[] {
  const held = [...now.attempts.values()].filter(({ live }) => live).length;
  if (held >= now.inFlightMax) return [];
  const atMs = Math.max(nowMs, ...now.budgets.map(({ windowMs }) => windowMs ?? 0));
  return now.waiting.flatMap(({ id, scopes, needed, paused, shortScope }) => {
    const full = now.budgets.filter(({ scope, period, limit }) => {
      if (limit === null || !scopes.includes(scope)) return false;
      return sumsOf(now, { scope, period, startMs: windowOf(period, atMs) }, () => true).spent + (needed ?? 0n) > limit;
    });
    if (full.length === 0) return [`${id} waits with money for its next job`];
    const says = full.some(({ scope }) => scope === shortScope) && (paused || !id.startsWith('batch'));
    return says ? [] : [`${id} lacks money in ${full.map(nameOf)} and says ${shortScope}, paused: ${paused}`];
  });
}
