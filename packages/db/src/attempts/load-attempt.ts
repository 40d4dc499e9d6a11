/**
 * An attempt and its job. Locks are taken batch first, then job, then attempt, so that two verbs on one job wait for each
 * other instead of meeting in a deadlock.
 */
import type { AttemptState, JobStatus } from '@reelay/core';
import type { Tx } from '../client.ts';
import type { Attempt, Job } from '../generated/client.ts';

export type AttemptRow = Attempt & { readonly state: AttemptState };

export type JobRow = Job & { readonly status: JobStatus };

export interface AttemptWithJob {
  readonly attempt: AttemptRow;
  readonly job: JobRow;
}

/** Reads an attempt and its job, locking both (job first) when `lock` is set. */
export async function loadAttempt(tx: Tx, attemptId: string, lock: 'lock' | 'read'): Promise<AttemptWithJob | null> {
  if (lock === 'lock') {
    await tx.$queryRaw`SELECT 1 FROM jobs WHERE id = (SELECT job_id FROM attempts WHERE id = ${attemptId}) FOR NO KEY UPDATE`;
    await tx.$queryRaw`SELECT 1 FROM attempts WHERE id = ${attemptId} FOR NO KEY UPDATE`;
  }
  const row = await tx.attempt.findUnique({ where: { id: attemptId }, include: { job: true } });
  if (!row) return null;
  const { job, ...attempt } = row;
  return { attempt: attempt as AttemptRow, job: job as JobRow };
}
