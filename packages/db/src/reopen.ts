/** Opening closed jobs again for another run. The caller holds the batch's lock, if there is a batch. */
import type { JobRow } from './attempts/load-attempt.ts';
import { UNPROVEN_STATES } from './attempts/outcome.ts';
import type { Tx } from './client.ts';
import { jsonText } from './json-text.ts';

export async function lockJob(tx: Tx, projectId: string, jobId: string): Promise<JobRow | null> {
  await tx.$queryRaw`SELECT 1 FROM jobs WHERE id = ${jobId} AND project_id = ${projectId} FOR NO KEY UPDATE`;
  return (await tx.job.findUnique({ where: { id: jobId, project_id: projectId } })) as JobRow | null;
}

/**
 * unknown, accepted → lost: a person takes the risk that fal charges twice. The reservations stay. A request whose id is
 * known is followed as an orphan acceptance from then on: what it costs is booked, and its result used while the job is open.
 */
export async function declareLost(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET state = 'lost', lost_by = coalesce(lost_by, 'person'), next_check_at = NULL, slot_until = now()
    WHERE job_id = ${jobId} AND state IN ('unknown', 'accepted')`;
  await tx.$executeRaw`
    INSERT INTO orphan_acceptances (request_id, attempt_id, source, cancel_asked_at)
    SELECT request_id, id, 'given_up', cancel_asked_at FROM attempts
    WHERE job_id = ${jobId} AND state = 'lost' AND request_id IS NOT NULL ON CONFLICT DO NOTHING`;
}

/** The attempt of a job that nobody has proven to have ended; the newest, should there be several. */
export function findUnsettledAttempt(tx: Tx, jobId: string): Promise<{ id: string; request_id: string | null } | null> {
  return tx.attempt.findFirst({
    where: { job_id: jobId, state: { in: ['accepted', 'unknown', 'lost'] } },
    orderBy: { n: 'desc' },
    select: { id: true, request_id: true },
  });
}

export interface Reopening {
  readonly jobId: string;
  readonly input: unknown;
  readonly estimatedNanoUsd: bigint;
  readonly priceVersion: string;
}

/** Puts jobs back in the queue as their next run. Their batch's estimate and worst case follow their new price. */
export async function reopenJobs(tx: Tx, reopenings: readonly Reopening[]): Promise<number> {
  const ids = reopenings.map(({ jobId }) => jobId);
  await tx.$executeRaw`
    UPDATE batches b SET estimated_nano_usd = b.estimated_nano_usd + change.amount,
      worst_case_nano_usd = b.worst_case_nano_usd + change.worst
    FROM (
      SELECT j.batch_id, sum(new.price - j.estimated_nano_usd)::bigint AS amount,
        sum((new.price - j.estimated_nano_usd) * j.max_attempts)::bigint AS worst
      FROM unnest(${ids}::text[], ${reopenings.map(({ estimatedNanoUsd }) => estimatedNanoUsd)}::bigint[]) AS new(id, price)
      JOIN jobs j ON j.id = new.id GROUP BY j.batch_id
    ) AS change WHERE b.id = change.batch_id AND change.amount <> 0`;
  return tx.$executeRaw`
    UPDATE jobs SET status = 'queued', status_detail = NULL, run = run + 1, failed_attempts = 0, not_before = NULL,
      output = NULL, error = NULL, finished_at = NULL, cancel_requested_at = NULL, review_at = NULL,
      input = new.input::jsonb, estimated_nano_usd = new.price, price_version = new.version
    FROM unnest(${ids}::text[], ${reopenings.map(({ input }) => jsonText(input))}::text[],
                ${reopenings.map(({ estimatedNanoUsd }) => estimatedNanoUsd)}::bigint[],
                ${reopenings.map(({ priceVersion }) => priceVersion)}::text[]) AS new(id, input, price, version)
    WHERE jobs.id = new.id AND jobs.status IN ('failed', 'cancelled', 'expired', 'needs_review')`;
}

export interface RetryFilter {
  readonly batchId: string;
  readonly statuses: readonly string[];
  readonly errorCode: string | null;
}

/** A page of jobs that a bulk retry means, after `afterId`, with whether all their attempts are proven to have ended. */
export function pageForRetry(
  tx: Tx,
  filter: RetryFilter,
  afterId: string,
  limit: number,
): Promise<(Pick<JobRow, 'id' | 'model' | 'input' | 'max_cost_nano_usd'> & { readonly proven: boolean })[]> {
  return tx.$queryRaw`
    SELECT id, model, input, max_cost_nano_usd,
      NOT EXISTS (SELECT 1 FROM attempts a WHERE a.job_id = j.id AND a.state = ANY(${[...UNPROVEN_STATES]}::text[])) AS proven
    FROM jobs j
    WHERE batch_id = ${filter.batchId} AND id > ${afterId} AND status = ANY(${[...filter.statuses]}::text[])
      AND (${filter.errorCode}::text IS NULL OR error->>'code' = ${filter.errorCode})
    ORDER BY id LIMIT ${limit} FOR NO KEY UPDATE`;
}
