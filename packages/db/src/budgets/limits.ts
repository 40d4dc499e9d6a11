/**
 * The limits that a person sets on a project or a key, and the thresholds that are told of. A limit on what had none
 * begins with what the ledger says was spent; the caller holds the account's lock, so nothing is reserved meanwhile.
 */
import type { BudgetPeriod } from '@reelay/core';
import type { Tx } from '../client.ts';
import { LEDGER_SUMS, momentSql } from './windows.ts';

export interface BudgetKey {
  readonly scope: string;
  readonly period: BudgetPeriod;
}

export interface NewLimit extends BudgetKey {
  readonly projectId: string;
  readonly limitNanoUsd: bigint;
}

/**
 * The budgets' windows are the moment's already. A raised limit will tell of its thresholds again. A changed limit costs a
 * row; the first one of a scope reads the ledger of its window, the whole of it for `total`, while dispatch waits. Where
 * that takes longer than a transaction may, nothing is set: limits in total are set before a large ledger is.
 */
export async function setLimit(tx: Tx, limit: NewLimit, at: Date): Promise<void> {
  const changed = await tx.$executeRaw`
    UPDATE budgets SET limit_nano_usd = ${limit.limitNanoUsd}::bigint,
      alerted_percent = least(alerted_percent, budget_alert_percent(${limit.limitNanoUsd}::bigint, reserved_nano_usd + charged_nano_usd))
    WHERE scope = ${limit.scope} AND period = ${limit.period}`;
  if (changed === 1) return;
  await tx.$executeRaw`
    INSERT INTO budgets (scope, period, project_id, limit_nano_usd, window_start, reserved_nano_usd, charged_nano_usd)
    SELECT w.scope, w.period, ${limit.projectId}, ${limit.limitNanoUsd}::bigint, w.starts, s.reserved, s.charged
    FROM (SELECT ${limit.scope}::text AS scope, ${limit.period}::text AS period,
      budget_window(${limit.period}::text, ${momentSql(at)}) AS starts) w
    CROSS JOIN LATERAL (${LEDGER_SUMS}) s`;
}

/** False when there was no such limit. */
export async function removeLimit(tx: Tx, { scope, period }: BudgetKey): Promise<boolean> {
  const removed = await tx.$executeRaw`DELETE FROM budgets WHERE scope = ${scope} AND period = ${period}`;
  return removed === 1;
}

export interface CrossedBudget extends BudgetKey {
  readonly project_id: string | null;
  readonly limit_nano_usd: bigint;
  readonly reserved_nano_usd: bigint;
  readonly charged_nano_usd: bigint;
  readonly window_start: Date | null;
  readonly alerted_percent: number;
}

/** Marks the highest threshold that each budget of these scopes has reached, and returns those where it is a new one. */
export async function markThresholds(tx: Tx, scopes: readonly string[]): Promise<CrossedBudget[]> {
  if (scopes.length === 0) return [];
  return tx.$queryRaw<CrossedBudget[]>`
    WITH crossed AS (
      UPDATE budgets SET alerted_percent = budget_alert_percent(limit_nano_usd, reserved_nano_usd + charged_nano_usd)
      WHERE scope = ANY(${[...scopes]}::text[])
        AND budget_alert_percent(limit_nano_usd, reserved_nano_usd + charged_nano_usd) > alerted_percent
      RETURNING *
    )
    SELECT * FROM crossed ORDER BY scope, period`;
}
