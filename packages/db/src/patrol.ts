/**
 * What patrol claims: at most a hundred due rows a step, skipping rows that somebody else holds. Every answer is in the
 * order of its ids, whatever the planner chose, so that the same state is looked after in the same order.
 */
import type { AttemptState } from '@reelay/core';
import type { Db, Tx } from './client.ts';
import { fromNow } from './interval.ts';

const CLAIM_MAX = 100;
/** A step whose process is frozen loses its transaction, and so its locks, after this. */
const STEP_TIMEOUT = '5s';

export interface DueAttempt {
  readonly id: string;
  readonly state: AttemptState;
}

/**
 * Claims attempts whose check is due by pushing the check to `againMs` from now; a reserved one, which waits for its turn
 * in the queue, twice as far each time, up to `doublingsMax` times.
 */
export async function claimDueAttempts(
  tx: Tx,
  { againMs, doublingsMax }: { readonly againMs: number; readonly doublingsMax: number },
): Promise<DueAttempt[]> {
  await limitStep(tx);
  return tx.$queryRaw<DueAttempt[]>`
    WITH claimed AS (
      UPDATE attempts
      SET next_check_at = now() + make_interval(secs => ${againMs / 1000}::double precision)
            * CASE WHEN state = 'reserved' THEN 2 ^ least(checks, ${doublingsMax}::int) ELSE 1 END,
          checks = CASE WHEN state = 'reserved' THEN checks + 1 ELSE checks END
      WHERE id IN (
        SELECT id FROM attempts
        WHERE state IN ('reserved', 'sending', 'accepted', 'unknown') AND next_check_at <= now()
        ORDER BY next_check_at LIMIT ${CLAIM_MAX} FOR NO KEY UPDATE SKIP LOCKED
      )
      RETURNING id, state
    )
    SELECT id, state FROM claimed ORDER BY id`;
}

export async function limitStep(tx: Tx): Promise<void> {
  await tx.$executeRawUnsafe(`SET LOCAL idle_in_transaction_session_timeout = '${STEP_TIMEOUT}'`);
  await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = '${STEP_TIMEOUT}'`);
}

/** Attempts with a stored callback that nobody has read for `olderMs`: the settle task was lost. */
export async function unreadCallbacks(db: Db, olderMs: number): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ attempt_id: string }[]>`
    SELECT DISTINCT attempt_id FROM (
      SELECT attempt_id FROM webhook_inbox
      WHERE processed_at IS NULL AND received_at < now() - make_interval(secs => ${olderMs / 1000}::double precision)
      ORDER BY received_at LIMIT ${CLAIM_MAX}
    ) AS unread
    ORDER BY attempt_id`;
  return rows.map((row) => row.attempt_id);
}

/** Complete uploads that nobody is reading. */
export async function unreadUploads(db: Db): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM uploads
    WHERE parsed_at IS NULL AND completed_at IS NOT NULL AND (claimed_until IS NULL OR claimed_until < now())
    ORDER BY completed_at LIMIT ${CLAIM_MAX}`;
  return rows.map(({ id }) => id);
}

/**
 * Fails up to a hundred jobs that have waited in review for `deadlineMs`. Their attempts and reservations stay as they
 * are: late evidence still settles the money, and the job's outcome is final. Returns their ids.
 */
export async function failOverdueReviews(tx: Tx, deadlineMs: number): Promise<string[]> {
  await limitStep(tx);
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE jobs SET status = 'failed', status_detail = NULL, finished_at = now(),
      error = coalesce(error, '{"code": "outcome_unknown", "message": "nobody could tell what became of it", "retryable": false}')
        || '{"billed": "maybe"}'
    WHERE id IN (
      SELECT id FROM jobs WHERE status = 'needs_review' AND review_at <= ${fromNow(-deadlineMs)}
      ORDER BY review_at LIMIT ${CLAIM_MAX} FOR NO KEY UPDATE SKIP LOCKED
    ) AND status = 'needs_review'
    RETURNING id`;
  return rows.map(({ id }) => id).sort();
}

/** Batches that have run out of open jobs without anybody closing them. */
export async function finishableBatches(db: Db): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM batches b
    WHERE state IN ('in_progress', 'finalizing', 'cancelling')
      AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.batch_id = b.id AND j.status IN ('queued', 'active'))
    ORDER BY id LIMIT ${CLAIM_MAX}`;
  return rows.map(({ id }) => id);
}

/** Deletes what is kept for a week only: answered idempotency keys and read callbacks. */
export async function pruneExpired(db: Db): Promise<void> {
  await db.prisma.$executeRaw`
    DELETE FROM idempotency_keys WHERE (project_id, key) IN (
      SELECT project_id, key FROM idempotency_keys WHERE created_at < now() - interval '7 days' LIMIT 1000)`;
  await db.prisma.$executeRaw`
    DELETE FROM webhook_inbox WHERE id IN (
      SELECT id FROM webhook_inbox WHERE processed_at < now() - interval '7 days' LIMIT 1000)`;
}
