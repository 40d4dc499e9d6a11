/**
 * Reading batches: state, counts and money in one statement and therefore in one snapshot, so that the counts always sum
 * to the total and no amount is seen both before and after it was folded.
 */
import { BALANCE_SCOPE, type BatchState, type BudgetPeriod, type PauseReason } from '@reelay/core';
import { RECENTLY_ENDED, WASTED } from '../brakes.ts';
import type { Tx } from '../client.ts';
import { type Batch, Prisma } from '../generated/client.ts';
import { type BudgetReading, CURRENT_BUDGET } from './budgets.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export interface RejectedRowReading {
  readonly line: number;
  readonly column: string | null;
  readonly code: string;
  readonly value: string | null;
  readonly message: string;
}

export interface BatchReading extends Batch {
  readonly state: BatchState;
  readonly queued: number;
  readonly active: number;
  readonly needs_review: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
  readonly cap_nano_usd: bigint | null;
  readonly reserved_nano_usd: bigint;
  readonly charged_nano_usd: bigint;
  readonly billed_nano_usd: bigint | null;
  /** Bills that are waited for. */
  readonly bills_open: number;
  readonly pauses: readonly PauseReason[];
  readonly account_pause: PauseReason | null;
  /** With a low balance: for how many rows it is enough. */
  readonly balance_rows: number | null;
  readonly first_rejected: readonly RejectedRowReading[];
  readonly weight: number;
  /** The budget that its next job did not fit, if it is one that still stands. */
  readonly short: (BudgetReading & { readonly needed_nano_usd: bigint }) | null;
  readonly wasted_nano_usd: bigint;
  readonly recently_ended: number;
  readonly recently_failed: number;
  /** The pause that a brake set. */
  readonly brake_stop: { readonly reason: string; readonly at: string; readonly detail: unknown } | null;
  /** Null without a pilot, and until its jobs are known. */
  readonly pilot: PilotReading | null;
}

/** Amounts are text: JSON carries them. `done` is what neither waits nor runs. */
export interface PilotReading {
  readonly jobs: number;
  readonly done: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly list: string;
  readonly done_list: string;
  readonly charged: string;
  readonly held: string;
  readonly failures: readonly { readonly code: string; readonly count: number }[] | null;
}

type BatchRow = Omit<BatchReading, 'short'> & {
  readonly short_scope: string | null;
  readonly short_period: BudgetPeriod;
  readonly short_limit: bigint | null;
  readonly short_window: Date | null;
  readonly short_reserved: bigint;
  readonly short_charged: bigint;
  readonly short_needed: bigint;
};

const FIRST_REJECTED_MAX = 100;

/** Of a failed batch nothing was started: what is left of its jobs is being deleted and not worth a count. */
const COUNTS = Prisma.sql`
  SELECT count(*) FILTER (WHERE status = 'queued')::int AS queued,
    count(*) FILTER (WHERE status = 'active')::int AS active,
    count(*) FILTER (WHERE status = 'needs_review')::int AS needs_review,
    count(*) FILTER (WHERE status = 'succeeded')::int AS succeeded,
    count(*) FILTER (WHERE status = 'failed')::int AS failed,
    count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled,
    count(*) FILTER (WHERE status = 'expired')::int AS expired
  FROM jobs WHERE batch_id = b.id AND b.state <> 'failed'`;

/** By the few unfolded ids first: joined, the planner would rather read the batch's whole ledger. */
const NOT_YET_FOLDED = Prisma.sql`
  SELECT coalesce(sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd ELSE 0 END), 0) AS held,
    coalesce(sum(amount_nano_usd) FILTER (WHERE kind IN ('charge', 'orphan_charge', 'adjust')), 0) AS charged
  FROM ledger_entries l WHERE l.id = ANY(ARRAY(SELECT entry_id FROM ledger_unfolded)) AND l.batch_id = b.id`;

const FIRST_REJECTED = Prisma.sql`
  SELECT coalesce(json_agg(to_json(r) ORDER BY r.row_no), '[]') AS first_rejected FROM (
    SELECT row_no, line, "column", code, value, message FROM rejected_rows
    WHERE batch_id = b.id ORDER BY row_no LIMIT ${FIRST_REJECTED_MAX}
  ) r`;

/** A lane of batch `b` waits because the balance does not cover its next job. */
const BALANCE_HOLDS = Prisma.sql`
  balance_low_since IS NOT NULL AND EXISTS (
    SELECT 1 FROM lanes WHERE (batch_id = b.id OR pilot_of = b.id) AND budget_scope = ${BALANCE_SCOPE})`;

/** The account's pause: stop-all, it observes, its balance holds the batch, its embargo lasts, or nothing has got through since. */
const ACCOUNT_PAUSE = Prisma.sql`
  SELECT CASE WHEN ${BALANCE_HOLDS} THEN balance_rows END AS balance_rows,
    CASE WHEN stopped_at IS NOT NULL THEN 'stopped' WHEN observe_since IS NOT NULL THEN 'observe'
      WHEN ${BALANCE_HOLDS} THEN 'provider_balance' WHEN embargo_reason IN ('provider_down', 'provider_balance')
    AND (embargo_until > now() OR refusals_in_row > 0) THEN embargo_reason END AS account_pause
  FROM provider_accounts WHERE id = 'fal'`;

const BILLED = Prisma.sql`
  SELECT sum(billed_nano_usd)::bigint AS billed_nano_usd, (count(*) FILTER (WHERE closed_at IS NULL))::int AS bills_open
  FROM bills WHERE batch_id = b.id`;

const BRAKE_STOP = Prisma.sql`
  SELECT json_build_object('reason', reason, 'at', set_at, 'detail', detail) FROM batch_pauses
  WHERE batch_id = b.id AND reason IN ('waste', 'error_rate') ORDER BY set_at LIMIT 1`;

/** What the jobs of the pilot's lane did and cost; the others' list price is the batch's less theirs. */
const PILOT = Prisma.sql`
  SELECT json_build_object('jobs', count(*), 'done', count(*) FILTER (WHERE ended),
    'succeeded', count(*) FILTER (WHERE status = 'succeeded'), 'failed', count(*) FILTER (WHERE status = 'failed'),
    'list', coalesce(sum(estimated_nano_usd), 0)::text,
    'done_list', coalesce(sum(estimated_nano_usd) FILTER (WHERE ended), 0)::text,
    'charged', coalesce(sum(spent.charged) FILTER (WHERE ended), 0)::text,
    'held', coalesce(sum(spent.held) FILTER (WHERE ended), 0)::text,
    'failures', (SELECT json_agg(f) FROM (
      SELECT coalesce(error->>'code', 'unknown') AS code, count(*)::int AS count FROM jobs
      WHERE lane_id = lane.id AND batch_id IS NOT NULL AND lane_id <> batch_id AND status IN ('failed', 'needs_review')
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20) f))
  FROM lanes lane
  JOIN LATERAL (
    SELECT id, status, estimated_nano_usd, status NOT IN ('queued', 'active') AS ended FROM jobs
    WHERE lane_id = lane.id AND batch_id IS NOT NULL AND lane_id <> batch_id
  ) AS job ON true
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_nano_usd) FILTER (WHERE kind IN ('charge', 'orphan_charge', 'adjust')), 0) AS charged,
      coalesce(sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd ELSE 0 END), 0) AS held
    FROM ledger_entries WHERE job_id = job.id
  ) AS spent
  WHERE b.pilot_rows IS NOT NULL AND lane.pilot_of = b.id GROUP BY lane.id`;

const BATCH = Prisma.sql`
  SELECT b.*, c.*, w.*, e.*, (${BRAKE_STOP}) AS brake_stop, (${PILOT}) AS pilot, r.first_rejected, a.account_pause, a.balance_rows, i.billed_nano_usd, i.bills_open, g.limit_nano_usd AS cap_nano_usd,
    (coalesce(g.reserved_nano_usd, 0) + n.held)::bigint AS reserved_nano_usd,
    (coalesce(g.charged_nano_usd, 0) + n.charged)::bigint AS charged_nano_usd,
    ARRAY(SELECT reason FROM batch_pauses WHERE batch_id = b.id) AS pauses, lane.weight,
    s.scope AS short_scope, s.period AS short_period, s.limit_nano_usd AS short_limit, s.window_start AS short_window,
    s.reserved_nano_usd AS short_reserved, s.charged_nano_usd AS short_charged, stopped.budget_needed_nano_usd AS short_needed
  FROM batches b
  LEFT JOIN lanes lane ON lane.batch_id = b.id
  -- A pilot's lane stops for want of money like the batch's own.
  LEFT JOIN LATERAL (
    SELECT * FROM lanes WHERE (batch_id = b.id OR pilot_of = b.id) AND budget_scope IS NOT NULL ORDER BY batch_id LIMIT 1
  ) stopped ON true
  LEFT JOIN LATERAL (${CURRENT_BUDGET} WHERE g.scope = stopped.budget_scope AND g.period = stopped.budget_period) s ON true
  LEFT JOIN budgets g ON g.scope = 'batch:' || b.id
  CROSS JOIN LATERAL (${COUNTS}) c
  CROSS JOIN LATERAL (${NOT_YET_FOLDED}) n
  CROSS JOIN LATERAL (${BILLED}) i
  CROSS JOIN LATERAL (${FIRST_REJECTED}) r
  CROSS JOIN LATERAL (${WASTED}) w
  CROSS JOIN LATERAL (${RECENTLY_ENDED}) e
  CROSS JOIN LATERAL (${ACCOUNT_PAUSE}) a`;

export async function readBatch(tx: Tx, projectId: string, batchId: string): Promise<BatchReading | null> {
  const rows = await tx.$queryRaw<BatchRow[]>`
    ${BATCH} WHERE b.id = ${batchId} AND b.project_id = ${projectId}`;
  return rows[0] ? withShortage(rows[0]) : null;
}

/** Newest first. */
export async function readBatches(tx: Tx, projectId: string, page: Page): Promise<PageOf<BatchReading>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`b.id`, 'descending');
  const all = [Prisma.sql`b.project_id = ${projectId}`, ...conditions];
  const rows = await tx.$queryRaw<BatchRow[]>`${BATCH} WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  return pageOf(rows.map(withShortage), page);
}

function withShortage(row: BatchRow): BatchReading {
  if (row.short_scope === null || row.short_limit === null || !row.pauses.includes('budget'))
    return { ...row, short: null };
  const short = {
    scope: row.short_scope,
    period: row.short_period,
    limit_nano_usd: row.short_limit,
    window_start: row.short_window,
    reserved_nano_usd: row.short_reserved,
    charged_nano_usd: row.short_charged,
    needed_nano_usd: row.short_needed,
  };
  return { ...row, short };
}

export async function hasBatch(tx: Tx, projectId: string, batchId: string): Promise<boolean> {
  const batch = await tx.batch.findUnique({ where: { id: batchId, project_id: projectId }, select: { id: true } });
  return batch !== null;
}

export interface RejectedRowOfPage extends RejectedRowReading {
  readonly row_no: bigint;
}

/** In the order of the file. */
export async function readRejectedRows(
  tx: Tx,
  batchId: string,
  page: Page<bigint>,
): Promise<PageOf<RejectedRowOfPage>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`row_no`, 'ascending');
  const all = [Prisma.sql`batch_id = ${batchId}`, ...conditions];
  const rows = await tx.$queryRaw<(Omit<RejectedRowOfPage, 'line'> & { line: bigint })[]>`
    SELECT row_no, line, "column", code, value, message FROM rejected_rows
    WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  return pageOf(
    rows.map((row) => ({ ...row, line: Number(row.line) })),
    page,
  );
}
