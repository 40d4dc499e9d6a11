/** Moving batches between their states. Each change is conditional and says whether it won. */
import type { BatchState } from '@reelay/core';
import { forgetShortages } from './budgets/shortages.ts';
import type { Db, Tx } from './client.ts';
import type { Batch } from './generated/client.ts';

export type BatchRow = Batch & { readonly state: BatchState };

/** Locks a project's batch; null for another project's or none. */
export async function lockBatch(tx: Tx, projectId: string, batchId: string): Promise<BatchRow | null> {
  await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${batchId} AND project_id = ${projectId} FOR NO KEY UPDATE`;
  const row = await tx.batch.findUnique({ where: { id: batchId, project_id: projectId } });
  return row as BatchRow | null;
}

export async function hasOpenJobs(tx: Tx, batchId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ open: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM jobs WHERE batch_id = ${batchId} AND status IN ('queued', 'active')) AS open`;
  return row?.open ?? false;
}

/**
 * Closes a batch that has nothing queued or active: in progress → completed, cancelling → cancelled. The row lock makes
 * the count final: whoever opens a job of the batch again holds the same lock.
 */
export async function closeFinishedBatch(
  tx: Tx,
  batchId: string,
): Promise<{ readonly state: 'completed' | 'cancelled'; readonly projectId: string } | null> {
  await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${batchId} FOR NO KEY UPDATE`;
  if (await hasOpenJobs(tx, batchId)) return null;
  const [closed] = await tx.$queryRaw<{ state: 'completed' | 'cancelled'; project_id: string }[]>`
    UPDATE batches SET
      state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE 'completed' END,
      finalizing_at = coalesce(finalizing_at, now()),
      cancelled_at = CASE state WHEN 'cancelling' THEN now() ELSE cancelled_at END,
      completed_at = CASE state WHEN 'cancelling' THEN completed_at ELSE now() END
    WHERE id = ${batchId} AND state IN ('in_progress', 'finalizing', 'cancelling')
    RETURNING state, project_id`;
  await tx.$executeRaw`DELETE FROM batch_pauses WHERE batch_id = ${batchId}
    AND EXISTS (SELECT 1 FROM batches WHERE id = ${batchId} AND state IN ('completed', 'cancelled'))`;
  return closed ? { state: closed.state, projectId: closed.project_id } : null;
}

/**
 * Holds off the closing, cancelling and reopening of a batch until the transaction ends. Taken before the locks of its
 * jobs and attempts; many may hold it at once.
 */
export async function holdBatch(tx: Tx, batchId: string | null): Promise<void> {
  if (batchId !== null) await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${batchId} FOR SHARE`;
}

/** Whether jobs of the batch may still be queued. One that is being cancelled takes them too, and patrol empties it. */
export async function isBatchOpen(tx: Tx, batchId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ state: BatchState }[]>`SELECT state FROM batches WHERE id = ${batchId}`;
  return row?.state === 'in_progress' || row?.state === 'cancelling';
}

/** Batches being cancelled that still have queued jobs: a settle or a crash left them behind. */
export async function cancellingBatches(db: Db): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM batches b WHERE state = 'cancelling'
      AND EXISTS (SELECT 1 FROM jobs j WHERE j.batch_id = b.id AND j.status = 'queued') ORDER BY id LIMIT 100`;
  return rows.map(({ id }) => id);
}

/** Begins to cancel a batch. A batch that is already cancelling may be hurried from drain to abort. */
export async function beginCancel(tx: Tx, batchId: string, mode: 'drain' | 'abort'): Promise<void> {
  await tx.$executeRaw`
    UPDATE batches SET state = 'cancelling', cancel_mode = ${mode}, cancelling_at = coalesce(cancelling_at, now())
    WHERE id = ${batchId}`;
}

/**
 * A retry opens a closed batch again, and what its lanes lacked before is forgotten: if they still do, that is news. The
 * caller holds the batch's lock. False when it was open already.
 */
export async function reopenBatch(tx: Tx, batchId: string): Promise<boolean> {
  const opened = await tx.$executeRaw`
    UPDATE batches SET state = 'in_progress', in_progress_at = now(), finalizing_at = NULL, completed_at = NULL, cancelled_at = NULL,
      cancelling_at = NULL, cancel_mode = NULL
    WHERE id = ${batchId} AND state IN ('completed', 'cancelled', 'finalizing')`;
  if (opened === 0) return false;
  await tx.$executeRaw`
    UPDATE lanes SET budget_scope = NULL, budget_period = NULL, budget_needed_nano_usd = NULL
    WHERE (batch_id = ${batchId} OR pilot_of = ${batchId}) AND budget_scope IS NOT NULL`;
  return true;
}

/** False when it had this pause already. */
export async function addPause(tx: Tx, batchId: string, reason: string): Promise<boolean> {
  const added = await tx.$executeRaw`
    INSERT INTO batch_pauses (batch_id, reason) VALUES (${batchId}, ${reason}) ON CONFLICT DO NOTHING`;
  return added === 1;
}

/** False when it did not have this pause. */
export async function removePause(tx: Tx, batchId: string, reason: string): Promise<boolean> {
  const removed = await tx.$executeRaw`DELETE FROM batch_pauses WHERE batch_id = ${batchId} AND reason = ${reason}`;
  return removed === 1;
}

/** What one transaction reads, writes and tells of. */
const CANCEL_MAX = 1_000;

/** Cancels up to 1,000 queued jobs of a batch while it is being cancelled, and returns them. */
export async function cancelQueuedJobs(tx: Tx, batchId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE jobs SET status = 'cancelled', status_detail = NULL, not_before = NULL, finished_at = now(),
      cancel_requested_at = coalesce(cancel_requested_at, now())
    WHERE id IN (
      WITH cancelling AS (SELECT id FROM batches WHERE id = ${batchId} AND state = 'cancelling' FOR SHARE)
      SELECT j.id FROM jobs j JOIN cancelling c ON c.id = j.batch_id
      WHERE j.status = 'queued' LIMIT ${CANCEL_MAX} FOR NO KEY UPDATE OF j
    ) AND status = 'queued'
    RETURNING id`;
  return rows.map(({ id }) => id).sort();
}

const LIVE_MAX = 5_000;

export async function liveAttemptIds(tx: Tx, batchId: string, states: readonly string[]): Promise<string[]> {
  const rows = await tx.attempt.findMany({
    where: { batch_id: batchId, state: { in: [...states] } },
    select: { id: true },
    take: LIVE_MAX,
  });
  return rows.map(({ id }) => id);
}

/** Asks that what runs of a batch be cancelled; the outcome still decides. */
export async function requestCancelOfActive(tx: Tx, batchId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET cancel_requested_at = now() WHERE batch_id = ${batchId} AND status = 'active' AND cancel_requested_at IS NULL`;
}

/** awaiting_confirmation → in_progress. */
export async function startConfirmed(tx: Tx, batchId: string): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE batches SET state = 'in_progress', in_progress_at = now() WHERE id = ${batchId} AND state = 'awaiting_confirmation'`;
  return won === 1;
}

export async function setBatchCap(tx: Tx, batchId: string, capNanoUsd: bigint | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE budgets SET limit_nano_usd = ${capNanoUsd}::bigint,
      alerted_percent = least(alerted_percent, budget_alert_percent(${capNanoUsd}::bigint, reserved_nano_usd + charged_nano_usd))
    WHERE scope = ${`batch:${batchId}`}`;
  await forgetShortages(tx, { scope: `batch:${batchId}`, period: 'total' });
}

/** Its share of the slots, against other lanes. */
export async function setBatchWeight(tx: Tx, batchId: string, weight: number): Promise<void> {
  await tx.$executeRaw`UPDATE lanes SET weight = ${weight} WHERE batch_id = ${batchId}`;
}

export async function setBatchName(tx: Tx, batchId: string, name: string | null): Promise<void> {
  await tx.batch.update({ where: { id: batchId }, data: { name } });
}

export async function setBatchMetadata(
  tx: Tx,
  batchId: string,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await tx.batch.update({ where: { id: batchId }, data: { metadata: { ...metadata } } });
}

export async function setQueuedPriority(tx: Tx, batchId: string, priority: number): Promise<void> {
  await tx.job.updateMany({ where: { batch_id: batchId, status: 'queued' }, data: { priority } });
}
