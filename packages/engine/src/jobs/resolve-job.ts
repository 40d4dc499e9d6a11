/**
 * A person settles a job that waits in review: they name the request that they found at fal, give the job up, or run it
 * again at the risk of a double charge. A named request is adopted once fal has confirmed that it exists, because an id
 * that is bound stays. Giving up and running again declare the attempt lost and keep its reservation, because fal may
 * still bill it. Only a job in review can be resolved, so a second call finds nothing to do.
 */
import {
  declareLost,
  findRequestHolder,
  findUnsettledAttempt,
  inTransaction,
  isOrphan,
  type JobRow,
  lockBatch,
  lockJob,
  noteReview,
  scheduleCheck,
  storeClaim,
  type Tx,
} from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import type { JobTarget, SteerReport } from '../batches/steer-report.ts';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { endJob } from './move-job.ts';
import { type RetryReport, retryJob } from './retry-job.ts';

export type Resolution =
  | { readonly action: 'resubmit' | 'fail' }
  | { readonly action: 'adopt'; readonly requestId: string };

interface Resolved {
  readonly report: SteerReport;
  readonly batchId: string | null;
  readonly settle: readonly string[];
}

export async function resolveJob(context: Context, target: JobTarget & Resolution): Promise<RetryReport> {
  const { report, batchId, settle } = await inTransaction(context.db, async (tx): Promise<Resolved> => {
    const job = await lockForReview(tx, target);
    if (!job) return answer({ kind: 'not_found' });
    if (job.status !== 'needs_review') return refused(`the job is ${job.status}, it does not wait for review`);
    if (target.action === 'adopt') return adopt(tx, job, target.requestId);
    if (target.action === 'fail') return giveUp(context, tx, job);
    return answer({ kind: 'done' });
  });
  if (report.kind !== 'done') return report;
  await enqueueAfterCommit(context, 'settle', settle);
  if (batchId !== null) await finishBatch(context, batchId);
  return target.action === 'resubmit' ? retryJob(context, { ...target, acceptDoubleCharge: true }) : report;
}

async function lockForReview(tx: Tx, { projectId, jobId }: JobTarget): Promise<JobRow | null> {
  const known = await tx.job.findUnique({ where: { id: jobId, project_id: projectId } });
  if (!known) return null;
  if (known.batch_id !== null) await lockBatch(tx, projectId, known.batch_id);
  return lockJob(tx, projectId, jobId);
}

async function giveUp(context: Context, tx: Tx, job: JobRow): Promise<Resolved> {
  await declareLost(tx, job.id);
  await endJob(context, tx, job.id, 'failed', { error: job.error as object | null });
  return { report: { kind: 'done' }, batchId: job.batch_id, settle: [] };
}

async function adopt(tx: Tx, job: JobRow, requestId: string): Promise<Resolved> {
  const attempt = await findUnsettledAttempt(tx, job.id);
  if (!attempt) return refused('the job has no attempt whose outcome is open');
  const holder = await findRequestHolder(tx, requestId);
  if (holder !== null && holder !== attempt.id) {
    return refused(`request ${requestId} belongs to another attempt, ${holder}`);
  }
  if (await isOrphan(tx, requestId)) return refused(`request ${requestId} is accounted for already`);
  if (attempt.request_id === null) {
    await storeClaim(tx, attempt.id, requestId);
    await noteReview(tx, job.id, 'checking_request');
  } else if (attempt.request_id === requestId) {
    // Bound before, parked since: fal is asked once more.
    await scheduleCheck(tx, attempt.id, { delayMs: 0 });
  } else {
    return refused(`the attempt is bound to request ${attempt.request_id} already`);
  }
  return { report: { kind: 'done' }, batchId: null, settle: [attempt.id] };
}

function refused(message: string): Resolved {
  return answer({ kind: 'refused', code: 'invalid_state', message });
}

function answer(report: SteerReport): Resolved {
  return { report, batchId: null, settle: [] };
}
