/**
 * Sends one reserved attempt to fal: at most one POST in its life. The compare-and-set reserved → sending is committed
 * before the POST, so a second run of this verb, or a doubled task, finds nothing to send; a death in between leaves
 * `sending`, which patrol turns into `unknown`, never into another POST.
 */
import { classOf, decideEmbargo, decideOutage, type Failure, isVerdictOnJob, type RetryDecision } from '@reelay/core';
import {
  claimForSending,
  clearRefusals,
  countUnclear,
  embargoLeftMs,
  hasOrphan,
  holdBatch,
  inTransaction,
  loadAttempt,
  markRefused,
  markSentBefore,
  readRefusalsInRow,
  type SendClaim,
  setEmbargo,
  type Tx,
} from '@reelay/db';
import type { SubmitOutcome } from '@reelay/fal';
import { finishBatch } from '../batches/finish-batch.ts';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { decideNext } from '../jobs/decide-next.ts';
import { jobError } from '../jobs/job-error.ts';
import { mayRunAgain } from '../jobs/may-run-again.ts';
import { endJob, giveBackAttempt, queueAgain } from '../jobs/move-job.ts';
import { adoptAcceptance } from './adopt-acceptance.ts';
import { addSenderEvidence, becomeUnknown } from './become-unknown.ts';
import { sentInput } from './sent-input.ts';
import { untilStored } from './until-stored.ts';

export type SubmitReport =
  | { readonly kind: 'accepted' | 'unknown' | 'released' | 'not_ours' }
  | { readonly kind: 'refused'; readonly embargoMs: number | null }
  /** The account is under embargo: the task is to come back later. */
  | { readonly kind: 'held'; readonly untilMs: number };

export async function submitAttempt(context: Context, attemptId: string): Promise<SubmitReport> {
  const { policy } = context;
  const since = { monotonicMs: context.monotonicMs(), wallMs: context.now() };
  const claim = await claimForSending(context.db, {
    attemptId,
    owner: context.owner,
    deadlineMs: policy.submitTimeoutMs,
    checkMs: policy.submitTimeoutMs + policy.sendGraceMs,
    expectsWebhook: context.fal.webhookUrl(attemptId) !== null,
  });
  if (!claim) return notSent(context, attemptId);
  await context.failpoint('submit.claimed');
  const answer = post(context, claim, since);
  await context.failpoint('submit.waiting');
  const outcome = await answer;
  await context.failpoint('submit.answered');
  const report = await untilStored(context, attemptId, () => record(context, claim, outcome));
  await context.failpoint('submit.stored');
  return report;
}

/** The claim did not win: hold the task under an embargo, give the attempt back under a pause or cancel, or drop it. */
async function notSent(context: Context, attemptId: string): Promise<SubmitReport> {
  const untilMs = await embargoLeftMs(context.db);
  if (untilMs > 0) return { kind: 'held', untilMs };
  const job = await inTransaction(context.db, async (tx) => {
    if (await wasSentBefore(context, tx, attemptId)) return null;
    return giveBackAttempt(context, tx, attemptId);
  });
  if (!job) return { kind: 'not_ours' };
  if (job.batch_id !== null) await finishBatch(context, job.batch_id);
  return { kind: 'released' };
}

const SENT_BEFORE: Failure = {
  kind: 'no_answer',
  message: 'fal took a request for this attempt that this database does not remember sending',
};

/** A reserved attempt that a request of fal was kept with is not given back: its job would buy the same run again. */
async function wasSentBefore(context: Context, tx: Tx, attemptId: string): Promise<boolean> {
  const loaded = await loadAttempt(tx, attemptId, 'lock');
  if (loaded?.attempt.state !== 'reserved' || !(await hasOrphan(tx, attemptId))) return false;
  await markSentBefore(tx, attemptId, context.owner);
  return becomeUnknown(context, tx, loaded.attempt, { failure: SENT_BEFORE, alive: false });
}

interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * A frozen process wakes up with its claim in hand and its deadline long past: then it sends nothing. The monotonic clock
 * goes on while a process is stopped, but not while a machine sleeps; the wall clock does, and a jump of it either way is
 * taken for that.
 */
function isInTime(context: Context, since: Moment): boolean {
  const passedMs = context.monotonicMs() - since.monotonicMs;
  const passedOnTheWallMs = Math.abs(context.now() - since.wallMs);
  return Math.max(passedMs, passedOnTheWallMs) < context.policy.submitTimeoutMs;
}

function post(context: Context, claim: SendClaim, since: Moment): Promise<SubmitOutcome> {
  return context.fal.submit({
    endpointId: claim.model,
    input: sentInput(claim.input, claim.seed),
    attemptId: claim.attempt_id,
    jobId: claim.job_id,
    startTimeoutSeconds: context.policy.startTimeoutMs / 1000,
    mayStillSend: () => isInTime(context, since),
  });
}

async function record(context: Context, claim: SendClaim, outcome: SubmitOutcome): Promise<SubmitReport> {
  switch (outcome.kind) {
    case 'accepted':
      return recordAccepted(context, claim, outcome.requestId);
    case 'refused':
      return recordRefused(context, claim, outcome.failure);
    case 'unknown':
      return recordUnknown(context, claim, outcome.failure);
  }
}

async function recordAccepted(context: Context, claim: SendClaim, requestId: string): Promise<SubmitReport> {
  const adopted = await inTransaction(context.db, (tx) =>
    adoptAcceptance(context, tx, { attemptId: claim.attempt_id, requestId, source: 'submit' }),
  );
  await clearRefusals(context.db, claim.sending_at);
  if (adopted.cancelRequested) await enqueueAfterCommit(context, 'settle', [claim.attempt_id]);
  if (adopted.kind !== 'orphan') {
    context.log.info({ attemptId: claim.attempt_id, jobId: claim.job_id, requestId }, 'attempt accepted');
  }
  return { kind: 'accepted' };
}

async function recordRefused(context: Context, claim: SendClaim, failure: Failure): Promise<SubmitReport> {
  const recorded = await inTransaction(context.db, async (tx) => {
    await holdBatch(tx, claim.batch_id);
    const loaded = await loadAttempt(tx, claim.attempt_id, 'lock');
    if (!loaded) return null;
    // Taken for unknown meanwhile: what the sender knows is kept, and helps whoever decides if it comes too late.
    if (loaded.attempt.state !== 'sending') await addSenderEvidence(tx, claim.attempt_id, { failure, alive: true });
    if (!(await markRefused(tx, loaded.attempt, { owner: context.owner, failure }))) return null;
    const { job } = loaded;
    const decision = await decideNext(context, tx, { job, attemptId: claim.attempt_id, failure });
    const again = decision.kind === 'retry' && (await mayRunAgain(tx, job));
    if (again) await queueAgain(context, tx, job, decision);
    else
      await endJob(context, tx, job.id, isCancelled(decision) ? 'cancelled' : 'failed', { error: jobError(failure) });
    const embargo = decideEmbargo(failure, await readRefusalsInRow(tx), context.policy);
    if (embargo) await setEmbargo(tx, embargo);
    return { embargo, batchId: job.batch_id, closed: !again };
  });
  context.log.warn(
    { attemptId: claim.attempt_id, jobId: claim.job_id, failure, scope: classOf(failure).scope },
    'attempt refused',
  );
  if (isVerdictOnJob(failure)) await clearRefusals(context.db, claim.sending_at);
  if (recorded?.closed && recorded.batchId !== null) await finishBatch(context, recorded.batchId);
  return { kind: 'refused', embargoMs: recorded?.embargo?.durationMs ?? null };
}

function isCancelled(decision: RetryDecision): boolean {
  return decision.kind === 'give_up' && decision.reason === 'cancelled';
}

async function recordUnknown(context: Context, claim: SendClaim, failure: Failure): Promise<SubmitReport> {
  const attempt = { id: claim.attempt_id, model: claim.model };
  const embargo = await inTransaction(context.db, async (tx) => {
    // Taken for dead by patrol, the sender was late itself: that is no word on fal.
    if (!(await becomeUnknown(context, tx, attempt, { failure, alive: true }))) return null;
    const standing = await countUnclear(tx, claim.sending_at);
    const outage = standing && decideOutage(standing, context.policy);
    if (outage) await setEmbargo(tx, outage);
    return outage;
  });
  context.log.warn({ attemptId: claim.attempt_id, jobId: claim.job_id, failure }, 'attempt outcome unknown');
  if (embargo) context.log.warn({ embargoMs: embargo.durationMs }, 'fal answers nothing clear: dispatch is closed');
  return { kind: 'unknown' };
}
