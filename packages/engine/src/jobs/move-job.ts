/**
 * The moves of a job that its project is told of. Move and event are of one transaction; a move that lost tells nothing.
 * The caller has written what the attempt cost before, so that the event says it.
 */
import { closeJob, type JobOutcome, type JobRow, parkForReview, releaseAttempt, requeueJob, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellJobs } from '../events/tell-jobs.ts';

export async function endJob(
  context: Context,
  tx: Tx,
  jobId: string,
  status: 'succeeded' | 'failed' | 'cancelled',
  outcome: JobOutcome,
): Promise<void> {
  if (await closeJob(tx, jobId, status, outcome)) await tellJobs(context, tx, [jobId]);
}

/** Back to the queue; it ends there if it was to be cancelled. */
export async function queueAgain(
  context: Context,
  tx: Tx,
  job: JobRow,
  how: Parameters<typeof requeueJob>[2],
): Promise<void> {
  if (await requeueJob(tx, job, how)) await tellJobs(context, tx, [job.id]);
}

/** False when the job is not active: nothing to review. */
export async function putInReview(
  context: Context,
  tx: Tx,
  jobId: string,
  detail: string,
  error: object,
): Promise<boolean> {
  if (!(await parkForReview(tx, jobId, detail, error))) return false;
  await tellJobs(context, tx, [jobId]);
  return true;
}

/** A reserved attempt's money goes back and its job to the queue. Null when there was nothing to give back. */
export async function giveBackAttempt(context: Context, tx: Tx, attemptId: string): Promise<JobRow | null> {
  const released = await releaseAttempt(tx, attemptId);
  if (released?.cancelled) await tellJobs(context, tx, [released.job.id]);
  return released?.job ?? null;
}
