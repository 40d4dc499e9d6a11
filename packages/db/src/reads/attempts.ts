/** Reading the attempts of a job with what each holds and was charged. */
import type { AttemptState, DifferenceReason } from '@reelay/core';
import type { Tx } from '../client.ts';
import { type Attempt, Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export interface AttemptReading extends Attempt {
  readonly state: AttemptState;
  readonly held_nano_usd: bigint;
  /** The charge alone, without what fal's bill has adjusted. */
  readonly charged_nano_usd: bigint | null;
  readonly basis: string | null;
  readonly billed_nano_usd: bigint | null;
  readonly bill_reason: DifferenceReason | null;
  readonly orphans: readonly OrphanReading[];
}

export interface OrphanReading {
  readonly request_id: string;
  readonly state: 'open' | 'settled';
  readonly outcome: 'succeeded' | 'failed' | 'lost' | null;
  readonly used: boolean;
  /** As text: JSON numbers do not hold every amount. */
  readonly charged_nano_usd: string | null;
  readonly billed_nano_usd: string | null;
  readonly bill_reason: DifferenceReason | null;
}

const ORPHANS = Prisma.sql`
  SELECT coalesce(json_agg(json_build_object('request_id', o.request_id, 'state', o.state, 'outcome', o.outcome,
      'used', o.used, 'charged_nano_usd', e.amount_nano_usd::text,
      'billed_nano_usd', i.billed_nano_usd::text, 'bill_reason', i.reason) ORDER BY o.seen_at, o.request_id), '[]') AS orphans
  FROM orphan_acceptances o
  LEFT JOIN ledger_entries e ON e.attempt_id = o.attempt_id AND e.kind = 'orphan_charge' AND e.request_id = o.request_id
  LEFT JOIN bills i ON i.request_id = o.request_id
  WHERE o.attempt_id = a.id`;

/** In the order in which they were made. */
export async function readAttempts(
  tx: Tx,
  projectId: string,
  jobId: string,
  page: Page,
): Promise<PageOf<AttemptReading>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`a.id`, 'ascending');
  const ofJob = [Prisma.sql`a.job_id = ${jobId}`, Prisma.sql`a.project_id = ${projectId}`];
  const rows = await tx.$queryRaw<AttemptReading[]>`
    SELECT a.*, coalesce(m.held, 0)::bigint AS held_nano_usd, m.charged::bigint AS charged_nano_usd,
      m.basis, i.billed_nano_usd, i.reason AS bill_reason, o.orphans
    FROM attempts a LEFT JOIN LATERAL (
      SELECT sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd ELSE 0 END) AS held,
        sum(amount_nano_usd) FILTER (WHERE kind = 'charge') AS charged,
        max(basis) FILTER (WHERE kind = 'charge') AS basis
      FROM ledger_entries WHERE attempt_id = a.id
    ) m ON true
    LEFT JOIN bills i ON i.attempt_id = a.id AND NOT i.orphan
    CROSS JOIN LATERAL (${ORPHANS}) o
    WHERE ${Prisma.join([...ofJob, ...conditions], ' AND ')} ${orderAndLimit}`;
  return pageOf(rows, page);
}
