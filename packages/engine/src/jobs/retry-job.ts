/**
 * Opens a closed job again as its next run. Refused while any of its attempts might still turn out to be paid, unless the
 * caller accepts a double charge: then those attempts count as lost, and their money stays reserved.
 */
import { isTerminal } from '@reelay/core';
import {
  declareLost,
  hasUnprovenAttempt,
  inTransaction,
  type JobRow,
  lockBatch,
  lockJob,
  moveToSingleLane,
  readJobSpent,
  reopenJobs,
  type Tx,
} from '@reelay/db';
import { openAgain } from '../batches/open-again.ts';
import { retryRefusal } from '../batches/retry-refusal.ts';
import type { JobTarget, SteerReport } from '../batches/steer-report.ts';
import type { Context } from '../context.ts';
import { type InputProblem, repriced } from './reprice.ts';

export interface Retry extends JobTarget {
  readonly inputPatch?: Readonly<Record<string, unknown>>;
  readonly acceptDoubleCharge?: boolean;
}

export type RetryReport = SteerReport | { readonly kind: 'invalid'; readonly problems: readonly InputProblem[] };

export function retryJob(context: Context, retry: Retry): Promise<RetryReport> {
  return inTransaction(context.db, async (tx): Promise<RetryReport> => {
    const known = await tx.job.findUnique({ where: { id: retry.jobId, project_id: retry.projectId } });
    if (!known) return { kind: 'not_found' };
    const batch = known.batch_id === null ? null : await lockBatch(tx, retry.projectId, known.batch_id);
    const closed = batch === null ? null : retryRefusal(batch);
    if (closed) return closed;
    const job = await lockJob(tx, retry.projectId, retry.jobId);
    if (!job) return { kind: 'not_found' };
    const refusal = await refusalOf(tx, job, retry.acceptDoubleCharge ?? false);
    if (refusal) return refusal;
    const spent = job.max_cost_nano_usd === null ? 0n : await readJobSpent(tx, job.id);
    const priced = repriced(job, retry.inputPatch ?? {}, context.now(), spent);
    if (priced.kind === 'invalid') return priced;
    await declareLost(tx, job.id);
    await reopenJobs(tx, [{ jobId: job.id, ...priced.reopening }]);
    if (job.batch_id === null) await moveToSingleLane(tx, job);
    if (job.batch_id !== null) await openAgain(context, tx, { projectId: retry.projectId, batchId: job.batch_id });
    return { kind: 'done' };
  });
}

async function refusalOf(tx: Tx, job: JobRow, acceptDoubleCharge: boolean): Promise<SteerReport | null> {
  if (job.status === 'succeeded')
    return refused('invalid_state', 'the job has succeeded; submit a new job to run it again');
  if (!isTerminal(job.status) && job.status !== 'needs_review') {
    return refused('invalid_state', `the job is ${job.status}; cancel it or wait for it to end before retrying`);
  }
  if (acceptDoubleCharge || !(await hasUnprovenAttempt(tx, job.id))) return null;
  const message =
    'an attempt of this job was charged by fal, or may still be; wait for its outcome, or send accept_double_charge: true';
  return refused('outcome_unknown', message);
}

function refused(code: 'invalid_state' | 'outcome_unknown', message: string): SteerReport {
  return { kind: 'refused', code, message };
}
