/** A batch's money row by row, as a statement shows it. */
import type { AttemptState, BatchState, JobStatus } from '@reelay/core';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export interface StatementBatch {
  readonly id: string;
  readonly name: string | null;
  readonly model: string;
  readonly state: BatchState;
  readonly created_at: Date;
  readonly cap_nano_usd: bigint | null;
  readonly rejected_count: number;
  /** Reserved for attempts that are not settled. */
  readonly held_nano_usd: bigint;
  readonly has_open_bill: boolean;
}

/** Null for another project's batch or none. */
export async function readStatementBatch(tx: Tx, projectId: string, batchId: string): Promise<StatementBatch | null> {
  const rows = await tx.$queryRaw<StatementBatch[]>`
    SELECT b.id, b.name, b.model, b.state, b.created_at, b.rejected_count, g.limit_nano_usd AS cap_nano_usd,
      (coalesce(g.reserved_nano_usd, 0) + n.held)::bigint AS held_nano_usd,
      EXISTS (SELECT 1 FROM bills i WHERE i.batch_id = b.id AND i.closed_at IS NULL) AS has_open_bill
    FROM batches b LEFT JOIN budgets g ON g.scope = 'batch:' || b.id
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd ELSE 0 END), 0) AS held
      FROM ledger_entries l WHERE l.id = ANY(ARRAY(SELECT entry_id FROM ledger_unfolded)) AND l.batch_id = b.id
    ) n
    WHERE b.id = ${batchId} AND b.project_id = ${projectId}`;
  return rows[0] ?? null;
}

/** What a request of fal cost. Amounts are text: JSON numbers do not hold every amount. */
export interface StatementCost {
  /** The charge alone. */
  readonly charged: string | null;
  /** What the bill has changed of it. */
  readonly adjusted: string | null;
  readonly billed: string | null;
  /** Why charged and billed differ. */
  readonly reason: string | null;
}

export interface StatementAttempt extends StatementCost {
  readonly n: number;
  readonly state: AttemptState;
  readonly request_id: string | null;
  /** Other requests that fal accepted for it. Each entry and each bill stands in one place only. */
  readonly orphans: readonly (StatementCost & { readonly request_id: string })[];
}

export interface StatementRow {
  readonly row_no: bigint;
  readonly line: bigint | null;
  readonly id: string;
  readonly custom_id: string | null;
  readonly status: JobStatus;
  readonly estimated_nano_usd: bigint;
  readonly price_version: string;
  readonly held_nano_usd: bigint;
  readonly charged_nano_usd: bigint | null;
  /** Null while a bill is not known, and where nothing can be billed. */
  readonly billed_nano_usd: bigint | null;
  readonly attempts: readonly StatementAttempt[];
}

const ORPHANS = Prisma.sql`
  SELECT coalesce(json_agg(json_build_object('request_id', o.request_id, 'charged',
    (SELECT sum(amount_nano_usd)::text FROM ledger_entries e
      WHERE e.attempt_id = a.id AND e.kind = 'orphan_charge' AND e.request_id = o.request_id),
    'adjusted', (SELECT sum(amount_nano_usd)::text FROM ledger_entries e
      WHERE e.attempt_id = a.id AND e.kind = 'adjust' AND e.request_id = o.request_id),
    'billed', w.billed_nano_usd::text, 'reason', w.reason) ORDER BY o.seen_at, o.request_id), '[]')
  FROM orphan_acceptances o LEFT JOIN bills w ON w.request_id = o.request_id AND w.orphan WHERE o.attempt_id = a.id`;

/** Up to `limit` rows behind `afterRowNo`, in the order of the file. */
export function readStatementRows(tx: Tx, batchId: string, afterRowNo: bigint, limit: number): Promise<StatementRow[]> {
  return tx.$queryRaw<StatementRow[]>`
    SELECT j.row_no, j.line, j.id, j.custom_id, j.status, j.estimated_nano_usd, j.price_version,
      coalesce(m.held, 0)::bigint AS held_nano_usd, m.charged::bigint AS charged_nano_usd,
      (SELECT sum(billed_nano_usd) FROM bills WHERE job_id = j.id)::bigint AS billed_nano_usd, coalesce(t.attempts, '[]') AS attempts
    FROM (
      SELECT * FROM jobs WHERE batch_id = ${batchId} AND row_no > ${afterRowNo} ORDER BY row_no LIMIT ${limit}
    ) j
    LEFT JOIN LATERAL (
      SELECT sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd END) AS held,
        sum(amount_nano_usd) FILTER (WHERE kind NOT IN ('reserve', 'release')) AS charged
      FROM ledger_entries WHERE job_id = j.id
    ) m ON true
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('n', a.n, 'state', a.state, 'request_id', a.request_id, 'charged',
        (SELECT sum(amount_nano_usd)::text FROM ledger_entries e WHERE e.attempt_id = a.id AND e.kind = 'charge'),
        'adjusted', (SELECT sum(amount_nano_usd)::text FROM ledger_entries e WHERE e.attempt_id = a.id AND e.kind = 'adjust'
          AND NOT EXISTS (SELECT 1 FROM orphan_acceptances o WHERE o.attempt_id = a.id AND o.request_id = e.request_id)),
        'billed', i.billed_nano_usd::text, 'reason', i.reason, 'orphans', (${ORPHANS})) ORDER BY a.n) AS attempts
      FROM attempts a LEFT JOIN bills i ON i.attempt_id = a.id AND NOT i.orphan WHERE a.job_id = j.id
    ) t ON true
    ORDER BY j.row_no`;
}
