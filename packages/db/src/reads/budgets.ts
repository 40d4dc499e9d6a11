/**
 * Reading budgets as they stand now: with what is not folded yet, and with nothing spent where a window has begun in
 * which dispatch has not reserved anything.
 */
import type { BudgetPeriod } from '@reelay/core';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export interface BudgetReading {
  readonly scope: string;
  readonly period: BudgetPeriod;
  readonly limit_nano_usd: bigint;
  readonly window_start: Date | null;
  readonly reserved_nano_usd: bigint;
  readonly charged_nano_usd: bigint;
}

/** Rows of budgets, as `g`, with the sums of the window that is now: a condition on `g` follows. */
export const CURRENT_BUDGET = Prisma.sql`
  SELECT g.scope, g.period, g.limit_nano_usd, w.starts AS window_start,
    (CASE WHEN w.starts IS DISTINCT FROM g.window_start THEN 0 ELSE g.reserved_nano_usd END + n.held)::bigint AS reserved_nano_usd,
    (CASE WHEN w.starts IS DISTINCT FROM g.window_start THEN 0 ELSE g.charged_nano_usd END + n.charged)::bigint AS charged_nano_usd
  FROM budgets g
  CROSS JOIN LATERAL (SELECT greatest(g.window_start, budget_window(g.period, now())) AS starts) w
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE e.kind WHEN 'reserve' THEN e.amount_nano_usd WHEN 'release' THEN -e.amount_nano_usd ELSE 0 END), 0) AS held,
      coalesce(sum(e.amount_nano_usd) FILTER (WHERE e.kind IN ('charge', 'orphan_charge', 'adjust')), 0) AS charged
    FROM ledger_entries e JOIN attempts a ON a.id = e.attempt_id
    WHERE e.id = ANY(ARRAY(SELECT entry_id FROM ledger_unfolded))
      AND g.scope = ANY(budget_scopes(a.project_id, a.api_key_id, a.batch_id))
      AND budget_window(g.period, a.reserved_at) IS NOT DISTINCT FROM w.starts
  ) n`;

/** The limits of these scopes, or of the project, its keys and the deployment around it. */
export function readBudgetsOf(tx: Tx, projectId: string, scope: string | null): Promise<BudgetReading[]> {
  const wanted =
    scope === null
      ? Prisma.sql`(g.scope = 'deployment' OR g.project_id = ${projectId} AND g.scope NOT LIKE 'batch:%')`
      : Prisma.sql`g.scope = ${scope}`;
  return tx.$queryRaw<BudgetReading[]>`
    ${CURRENT_BUDGET} WHERE ${wanted} AND g.limit_nano_usd IS NOT NULL
    ORDER BY g.scope = 'deployment' DESC, g.scope NOT LIKE 'project:%', g.scope,
      array_position(ARRAY['total', 'month', 'day', 'hour'], g.period)`;
}

/** Also a revoked key: what was spent with it still counts. */
export async function hasApiKey(tx: Tx, projectId: string, apiKeyId: string): Promise<boolean> {
  const key = await tx.apiKey.findUnique({ where: { id: apiKeyId, project_id: projectId }, select: { id: true } });
  return key !== null;
}
