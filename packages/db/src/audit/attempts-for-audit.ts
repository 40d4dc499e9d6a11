/** Every attempt with its money, for holding our books against the provider's. */
import type { AttemptState, JobStatus } from '@reelay/core';
import type { Db } from '../client.ts';

export interface AttemptForAudit {
  readonly id: string;
  readonly job_id: string;
  readonly job_status: JobStatus;
  readonly state: AttemptState;
  readonly request_id: string | null;
  /** What is still set aside: the reservation until it is given back. */
  readonly reserved_nano_usd: bigint;
  /** What fal's bill has adjusted included. */
  readonly charged_nano_usd: bigint | null;
  readonly orphans: readonly OrphanForAudit[];
}

export interface OrphanForAudit {
  readonly request_id: string;
  readonly state: 'open' | 'settled';
  /** As text: JSON numbers do not hold every amount. */
  readonly charged_nano_usd: string | null;
}

/** One page in the order of ids; the last one is shorter than `limit`. */
export function readAttemptsForAudit(db: Db, page: { readonly after: string; readonly limit: number }) {
  return db.prisma.$queryRaw<AttemptForAudit[]>`
    SELECT a.id, a.job_id, j.status AS job_status, a.state, a.request_id,
      (coalesce(sum(e.amount_nano_usd) FILTER (WHERE e.kind = 'reserve'), 0)
        - coalesce(sum(e.amount_nano_usd) FILTER (WHERE e.kind = 'release'), 0))::bigint AS reserved_nano_usd,
      (sum(e.amount_nano_usd) FILTER (WHERE e.kind = 'charge')
        + coalesce(sum(e.amount_nano_usd) FILTER (WHERE e.kind = 'adjust' AND NOT EXISTS (
          SELECT 1 FROM orphan_acceptances o WHERE o.request_id = e.request_id)), 0))::bigint AS charged_nano_usd,
      (SELECT coalesce(json_agg(json_build_object('request_id', o.request_id, 'state', o.state, 'charged_nano_usd',
          (SELECT sum(amount_nano_usd)::text FROM ledger_entries
            WHERE attempt_id = a.id AND kind IN ('orphan_charge', 'adjust') AND request_id = o.request_id)) ORDER BY o.request_id), '[]')
        FROM orphan_acceptances o WHERE o.attempt_id = a.id) AS orphans
    FROM (SELECT * FROM attempts WHERE id > ${page.after} ORDER BY id LIMIT ${page.limit}) a
    JOIN jobs j ON j.id = a.job_id
    LEFT JOIN ledger_entries e ON e.attempt_id = a.id
    GROUP BY a.id, a.job_id, j.status, a.state, a.request_id
    ORDER BY a.id`;
}
