/**
 * The moment of a reservation and the windows that it falls into. A budget row holds the sums of its current window only;
 * when that is over the row begins the next one with what the ledger says of it. All under the account's lock.
 */
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export const momentSql = (at: Date): Prisma.Sql => Prisma.sql`${at.toISOString()}::timestamptz`;

export interface Moment {
  readonly at: Date;
  /** Whether there are budgets with windows at all. */
  readonly windowed: boolean;
}

/**
 * The moment of what is reserved now. `now()` of a transaction that has waited for the lock is too old; the clock is read
 * once, to the millisecond that is stored, and never goes back behind a window that has begun.
 */
export async function readMoment(tx: Tx): Promise<Moment> {
  const [row] = await tx.$queryRaw<{ clock: Date; latest: Date | null }[]>`
    SELECT date_trunc('milliseconds', clock_timestamp()) AS clock,
      (SELECT max(window_start) FROM budgets WHERE window_start IS NOT NULL) AS latest`;
  if (!row) throw new Error('the database does not tell the time');
  const at = row.latest !== null && row.latest > row.clock ? row.latest : row.clock;
  return { at, windowed: row.latest !== null };
}

/**
 * Sums of the ledger for `w (scope, period, starts)`. What is not folded yet is left out: the fold adds it later, to the
 * row that these sums go into.
 */
export const LEDGER_SUMS = Prisma.sql`
  SELECT coalesce(sum(CASE e.kind WHEN 'reserve' THEN e.amount_nano_usd WHEN 'release' THEN -e.amount_nano_usd ELSE 0 END), 0)::bigint AS reserved,
    coalesce(sum(e.amount_nano_usd) FILTER (WHERE e.kind IN ('charge', 'orphan_charge', 'adjust')), 0)::bigint AS charged
  FROM attempts a JOIN ledger_entries e ON e.attempt_id = a.id
  WHERE a.reserved_at >= coalesce(w.starts, '-infinity')
    AND w.scope = ANY(budget_scopes(a.project_id, a.api_key_id, a.batch_id))
    AND budget_window(w.period, a.reserved_at) IS NOT DISTINCT FROM w.starts
    AND NOT EXISTS (SELECT 1 FROM ledger_unfolded u WHERE u.entry_id = e.id)`;

/** Begins a new window wherever the old one is over at that moment. A lane that it has no room for either is news. */
export async function rollBudgets(tx: Tx, { at, windowed }: Moment): Promise<void> {
  if (!windowed) return;
  await tx.$executeRaw`
    WITH w AS (
      SELECT scope, period, budget_window(period, ${momentSql(at)}) AS starts FROM budgets
      WHERE window_start < budget_window(period, ${momentSql(at)})
    ), sums AS (
      SELECT w.*, s.* FROM w CROSS JOIN LATERAL (${LEDGER_SUMS}) s
    ), begun AS (
      UPDATE budgets b
      SET window_start = sums.starts, reserved_nano_usd = sums.reserved, charged_nano_usd = sums.charged, alerted_percent = 0
      FROM sums WHERE b.scope = sums.scope AND b.period = sums.period
      RETURNING b.scope, b.period
    )
    UPDATE lanes l SET budget_scope = NULL, budget_period = NULL, budget_needed_nano_usd = NULL
    FROM begun WHERE l.budget_scope = begun.scope AND l.budget_period = begun.period`;
}
