/** What dispatch reads of the budgets before it plans, and adds to them when it has. Under the account's lock. */
import { BUDGET_PERIODS, type Budget, type BudgetPeriod, batchScope, DEPLOYMENT_SCOPE } from '@reelay/core';
import type { Tx } from '../client.ts';
import { momentSql } from './windows.ts';

/** Outermost period first. The rows stay locked, so that a limit changes before the plan or after the reservation. */
export async function readBudgets(tx: Tx, scopes: readonly string[]): Promise<Budget[]> {
  const rows = await tx.$queryRaw<BudgetSums[]>`
    SELECT scope, period, limit_nano_usd, reserved_nano_usd, charged_nano_usd FROM budgets
    WHERE scope = ANY(${[...scopes]}::text[])
    ORDER BY scope, array_position(${[...BUDGET_PERIODS]}::text[], period) FOR NO KEY UPDATE`;
  return rows.map((row) => ({
    scope: row.scope,
    period: row.period,
    limitNanoUsd: row.limit_nano_usd,
    reservedNanoUsd: row.reserved_nano_usd,
    chargedNanoUsd: row.charged_nano_usd,
  }));
}

interface BudgetSums {
  readonly scope: string;
  readonly period: BudgetPeriod;
  readonly limit_nano_usd: bigint | null;
  readonly reserved_nano_usd: bigint;
  readonly charged_nano_usd: bigint;
}

/**
 * Adds what is reserved in each scope to all its budgets, each only if it still fits and its window is the moment's. Under
 * the account's lock it always does; the condition is there so that a mistake in the rule above cannot spend money.
 */
export async function reserveBudgets(tx: Tx, amounts: ReadonlyMap<string, bigint>, at: Date): Promise<void> {
  for (const [scope, amount] of amounts) {
    const [done] = await tx.$queryRaw<{ here: number; won: number }[]>`
      WITH won AS (
        UPDATE budgets SET reserved_nano_usd = reserved_nano_usd + ${amount}::bigint
        WHERE scope = ${scope} AND window_start IS NOT DISTINCT FROM budget_window(period, ${momentSql(at)})
          AND (limit_nano_usd IS NULL OR reserved_nano_usd + charged_nano_usd + ${amount}::bigint <= limit_nano_usd)
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM budgets WHERE scope = ${scope})::int AS here, (SELECT count(*) FROM won)::int AS won`;
    if (!done || done.won !== done.here || (done.here === 0 && isAlwaysThere(scope)))
      throw new Error(`budget ${scope} has no room for a reservation that was planned to fit`);
  }
}

/** Others are there only where somebody has set a limit. */
function isAlwaysThere(scope: string): boolean {
  return scope === DEPLOYMENT_SCOPE || scope.startsWith(batchScope(''));
}
