/**
 * What brakes and pilots are judged by, and the pauses that follow. Asked under the account's lock. A pause never waits
 * for a batch that somebody is steering: dispatch leaves such a batch out and asks again.
 */
import type { BrakeReason } from '@reelay/core';
import type { Tx } from './client.ts';
import { Prisma } from './generated/client.ts';
import { jsonText } from './json-text.ts';

/** Attempt `a` of job `j` cost money, or holds it, and has brought nothing: it failed, or nothing waits for it any more. */
const IS_WASTED = Prisma.sql`
  (a.state IN ('failed', 'lost') OR (a.state IN ('accepted', 'unknown') AND j.status NOT IN ('queued', 'active')))`;

/**
 * What the wasted attempts of batch `b` cost and hold. Jobs that went to review before `since` are left out rather than
 * forgiven as a sum: when such a job succeeds after all, that sum would hide new waste.
 */
function wasteSince(since: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT coalesce(sum(CASE e.kind WHEN 'release' THEN -e.amount_nano_usd ELSE e.amount_nano_usd END), 0)
    FROM attempts a JOIN jobs j ON j.id = a.job_id JOIN ledger_entries e ON e.attempt_id = a.id
    WHERE a.batch_id = b.id AND a.state IN ('failed', 'lost', 'accepted', 'unknown') AND ${IS_WASTED}
      AND (${since} IS NULL OR j.review_at IS NULL OR j.review_at > ${since})`;
}

/** What batch `b` has wasted since it was last resumed; 0 where nobody limits it. */
export const WASTED = Prisma.sql`
  SELECT (CASE WHEN b.max_waste_nano_usd IS NULL THEN 0
    ELSE greatest((${wasteSince(Prisma.sql`b.brakes_since`)}) - b.waste_forgiven_nano_usd, 0) END)::bigint AS wasted_nano_usd`;

/**
 * When job `j` first ended: one that left review counts as what it is now, in the place where it went there. Otherwise
 * reviews from before a resume would count again, as failures at their deadline or as successes that hide new failures.
 */
const ENDED_AT = Prisma.sql`least(j.review_at, j.finished_at)`;

/** The last jobs of batch `b` that ended, no more of them than its window. A job in review has failed so far. */
const LAST_ENDED = Prisma.sql`
  SELECT j.status, j.error FROM jobs j
  WHERE b.pause_if_window IS NOT NULL AND j.batch_id = b.id AND j.status IN ('succeeded', 'failed', 'needs_review')
    AND (b.brakes_since IS NULL OR ${ENDED_AT} > b.brakes_since)
  ORDER BY ${ENDED_AT} DESC LIMIT b.pause_if_window`;

/** How the last jobs of batch `b` ended. */
export const RECENTLY_ENDED = Prisma.sql`
  SELECT count(*)::int AS recently_ended, (count(*) FILTER (WHERE status <> 'succeeded'))::int AS recently_failed
  FROM (${LAST_ENDED}) AS last_ended`;

export interface BrakedBatch {
  readonly id: string;
  readonly project_id: string;
  readonly max_waste_nano_usd: bigint | null;
  readonly wasted_nano_usd: bigint;
  readonly pause_if_error_rate: number | null;
  readonly pause_if_window: number | null;
  readonly recently_ended: number;
  readonly recently_failed: number;
  readonly brakes_since: Date | null;
  /** Its pilot has ended, and other jobs wait for a person's word. */
  readonly pilot_done: boolean;
}

/** Batches that could be submitted from and that a brake or a pilot may stop. */
export function readBrakedBatches(tx: Tx): Promise<BrakedBatch[]> {
  return tx.$queryRaw<BrakedBatch[]>`
    SELECT b.id, b.project_id, b.max_waste_nano_usd, b.pause_if_error_rate, b.pause_if_window, b.brakes_since, w.*, r.*,
      b.pilot_rows IS NOT NULL AND b.pilot_released_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM jobs j JOIN lanes p ON p.id = j.lane_id
                        WHERE p.pilot_of = b.id AND j.batch_id IS NOT NULL AND j.lane_id <> j.batch_id AND j.status IN ('queued', 'active'))
        AND EXISTS (SELECT 1 FROM jobs j WHERE j.lane_id = b.id AND j.status = 'queued' AND j.not_before IS NULL) AS pilot_done
    FROM batches b CROSS JOIN LATERAL (${WASTED}) w CROSS JOIN LATERAL (${RECENTLY_ENDED}) r
    WHERE b.state = 'in_progress'
      AND (b.max_waste_nano_usd IS NOT NULL OR b.pause_if_window IS NOT NULL
        OR (b.pilot_rows IS NOT NULL AND b.pilot_released_at IS NULL))
      AND NOT EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = b.id AND p.reason <> 'budget')`;
}

/** The commonest failure among what a brake counted. */
export async function readMainCause(
  tx: Tx,
  batch: BrakedBatch,
  reason: BrakeReason,
): Promise<{ code: string; count: number } | null> {
  const counted =
    reason === 'waste'
      ? Prisma.sql`
          SELECT coalesce(a.failure->>'kind', j.error->>'code') AS code FROM attempts a JOIN jobs j ON j.id = a.job_id
          WHERE a.batch_id = b.id AND a.state IN ('failed', 'lost', 'accepted', 'unknown') AND ${IS_WASTED}`
      : Prisma.sql`SELECT error->>'code' AS code FROM (${LAST_ENDED}) AS last_ended WHERE status <> 'succeeded'`;
  const rows = await tx.$queryRaw<{ code: string; count: number }[]>`
    SELECT code, count(*)::int AS count FROM batches b CROSS JOIN LATERAL (${counted}) AS counted
    WHERE b.id = ${batch.id} AND code IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`;
  return rows[0] ?? null;
}

/**
 * Pauses a batch that is as it was judged. False when it is not, or while somebody steers it: that may be the person who
 * resumes it, whose word a judgement from before must not outlive.
 */
export async function pauseByItself(
  tx: Tx,
  batch: Pick<BrakedBatch, 'id' | 'brakes_since'>,
  reason: BrakeReason | 'pilot',
  detail: object,
): Promise<boolean> {
  const set = await tx.$executeRaw`
    INSERT INTO batch_pauses (batch_id, reason, detail)
    SELECT judged.id, ${reason}, ${jsonText(detail)}::jsonb FROM (
      SELECT id FROM batches
      WHERE id = ${batch.id} AND state = 'in_progress' AND brakes_since IS NOT DISTINCT FROM ${batch.brakes_since}::timestamptz
        AND (${reason} <> 'pilot' OR pilot_released_at IS NULL)
      FOR SHARE SKIP LOCKED
    ) AS judged
    ON CONFLICT DO NOTHING`;
  return set === 1;
}

/** The batch's own pauses. The caller holds its lock. */
export async function readPauses(tx: Tx, batchId: string): Promise<string[]> {
  const rows = await tx.batchPause.findMany({ where: { batch_id: batchId }, select: { reason: true } });
  return rows.map(({ reason }) => reason);
}

/** Waste and window count from here on. The caller holds the batch's lock. */
export async function restartBrakes(tx: Tx, batchId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE batches b SET brakes_since = now(),
      waste_forgiven_nano_usd = greatest((${wasteSince(Prisma.sql`now()`)}), 0)
    WHERE b.id = ${batchId}`;
}

/** Lets the rest of the batch run. The caller holds the batch's lock. */
export async function releasePilot(tx: Tx, batchId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE batches SET pilot_released_at = now() WHERE id = ${batchId} AND pilot_rows IS NOT NULL AND pilot_released_at IS NULL`;
}

export async function setMaxWaste(tx: Tx, batchId: string, maxWasteNanoUsd: bigint | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE batches b SET max_waste_nano_usd = ${maxWasteNanoUsd}::bigint WHERE b.id = ${batchId}`;
}

export async function setPauseIf(
  tx: Tx,
  batchId: string,
  pauseIf: { readonly errorRate: number; readonly window: number } | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE batches SET pause_if_error_rate = ${pauseIf?.errorRate ?? null}::double precision,
      pause_if_window = ${pauseIf?.window ?? null}::int
    WHERE id = ${batchId}`;
}
