/** What an attempt's fate does to its job. Only an open job moves; a closed one keeps its outcome. */
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';
import { jsonText } from '../json-text.ts';
import type { JobRow } from './load-attempt.ts';

export interface JobOutcome {
  readonly output?: object;
  readonly error?: object | null;
  readonly requestId?: string | null;
}

/** An active job back to the queue after `delayMs`; cancelled instead when that was asked for. True when this ended it. */
export async function requeueJob(
  tx: Tx,
  job: JobRow,
  how: { delayMs: number; countsAsAttempt: boolean; error?: object },
): Promise<boolean> {
  if (job.cancel_requested_at !== null) return closeJob(tx, job.id, 'cancelled', { error: how.error ?? null });
  const failed = how.countsAsAttempt ? 1 : 0;
  const error = how.error === undefined ? null : jsonText(how.error);
  if (how.delayMs === 0) {
    await tx.$executeRaw`
      UPDATE jobs SET status = 'queued', status_detail = NULL, not_before = NULL, review_at = NULL,
        failed_attempts = failed_attempts + ${failed}, error = ${error}::jsonb
      WHERE id = ${job.id} AND status IN ('active', 'needs_review')`;
    return false;
  }
  await tx.$executeRaw`
    UPDATE jobs SET status = 'queued', status_detail = 'backoff', not_before = ${fromNow(how.delayMs)}, review_at = NULL,
      failed_attempts = failed_attempts + ${failed}, error = ${error}::jsonb
    WHERE id = ${job.id} AND status IN ('active', 'needs_review')`;
  return false;
}

/** Ends a job. Only an open one: a closed job's outcome stays. True when this ended it. */
export async function closeJob(
  tx: Tx,
  jobId: string,
  status: 'succeeded' | 'failed' | 'cancelled',
  outcome: JobOutcome,
): Promise<boolean> {
  const output = outcome.output === undefined ? null : jsonText(outcome.output);
  const error = outcome.error == null ? null : jsonText(outcome.error);
  const won = await tx.$executeRaw`
    UPDATE jobs SET status = ${status}, status_detail = NULL, not_before = NULL, finished_at = now(),
      output = ${output}::jsonb, error = ${error}::jsonb,
      fal_request_id = coalesce(${outcome.requestId ?? null}, fal_request_id)
    WHERE id = ${jobId} AND status IN ('queued', 'active', 'needs_review')`;
  return won === 1;
}

/** Ends many queued jobs at once, each with its own error. The caller holds their locks. */
export async function failJobs(tx: Tx, jobs: readonly { jobId: string; error: object }[]): Promise<void> {
  if (jobs.length === 0) return;
  await tx.$executeRaw`
    UPDATE jobs SET status = 'failed', status_detail = NULL, not_before = NULL, finished_at = now(), output = NULL, error = ended.error::jsonb
    FROM unnest(${jobs.map(({ jobId }) => jobId)}::text[], ${jobs.map(({ error }) => jsonText(error))}::text[]) AS ended(id, error)
    WHERE jobs.id = ended.id AND jobs.status = 'queued'`;
}

/** An active job that only late evidence or a person can move, until the review deadline. Its reservation stays. */
export async function parkForReview(tx: Tx, jobId: string, detail: string, error: object): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE jobs SET status = 'needs_review', status_detail = ${detail}, error = ${jsonText(error)}::jsonb, review_at = now()
    WHERE id = ${jobId} AND status = 'active'`;
  return won === 1;
}

/** The job of an attempt that turned out to be accepted is active again, unless it has closed meanwhile. */
export async function reactivateJob(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET status = 'active', status_detail = NULL, not_before = NULL, error = NULL, review_at = NULL
    WHERE id = ${jobId} AND status IN ('queued', 'needs_review')`;
}

/** Shows on an active job that nobody knows yet whether fal took its attempt. */
export async function markOutcomeUnknown(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`UPDATE jobs SET status_detail = 'outcome_unknown' WHERE id = ${jobId} AND status = 'active'`;
}
