import type { Tx } from '../client.ts';

const FOLD_MAX = 5_000;

/**
 * Adds what settle and cancel have written since the last dispatch to the budget rows that it counts in, to the last
 * entry: a release without its charge would show room that is not there. An entry counts in the window of its attempt's
 * reservation, and in none when that is over. Returns the scopes whose sums it changed.
 */
export async function foldLedger(tx: Tx, atOnce = FOLD_MAX): Promise<string[]> {
  const scopes = new Set<string>();
  for (;;) {
    const folded = await foldOnce(tx, atOnce);
    for (const scope of folded.scopes) scopes.add(scope);
    if (folded.entries < atOnce) return [...scopes].sort();
  }
}

async function foldOnce(tx: Tx, atOnce: number): Promise<{ entries: number; scopes: readonly string[] }> {
  const [folded] = await tx.$queryRaw<{ entries: number; scopes: string[] }[]>`
    WITH due AS (
      DELETE FROM ledger_unfolded
      WHERE entry_id IN (SELECT entry_id FROM ledger_unfolded ORDER BY entry_id LIMIT ${atOnce})
      RETURNING entry_id
    ), moved AS (
      SELECT b.scope, b.period,
             CASE e.kind WHEN 'reserve' THEN e.amount_nano_usd WHEN 'release' THEN -e.amount_nano_usd ELSE 0 END AS reserved,
             CASE WHEN e.kind IN ('charge', 'orphan_charge', 'adjust') THEN e.amount_nano_usd ELSE 0 END AS charged
      -- OFFSET 0 keeps the look-ups by id: a planner that expects many entries would read whole tables instead.
      FROM due
      CROSS JOIN LATERAL (SELECT * FROM ledger_entries WHERE id = due.entry_id OFFSET 0) e
      CROSS JOIN LATERAL (SELECT * FROM attempts WHERE id = e.attempt_id OFFSET 0) a
      CROSS JOIN LATERAL unnest(budget_scopes(a.project_id, a.api_key_id, a.batch_id)) AS counted(scope)
      CROSS JOIN LATERAL (
        SELECT scope, period FROM budgets
        WHERE scope = counted.scope AND window_start IS NOT DISTINCT FROM budget_window(period, a.reserved_at) OFFSET 0
      ) b
    ), sums AS (
      SELECT scope, period, sum(reserved)::bigint AS reserved, sum(charged)::bigint AS charged FROM moved GROUP BY 1, 2
    ), changed AS (
      UPDATE budgets b
      SET reserved_nano_usd = b.reserved_nano_usd + sums.reserved, charged_nano_usd = b.charged_nano_usd + sums.charged
      FROM sums WHERE b.scope = sums.scope AND b.period = sums.period
      RETURNING b.scope
    )
    SELECT (SELECT count(*) FROM due)::int AS entries, ARRAY(SELECT DISTINCT scope FROM changed) AS scopes`;
  if (!folded) throw new Error('the fold does not tell what it did');
  return folded;
}
