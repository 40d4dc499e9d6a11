/**
 * Follows requests that fal accepted and no attempt stands for to their end, and books what they cost. While one runs fal
 * is asked to stop it; one that has succeeded while its job is still open closes the job, because it is paid for. Every
 * write is conditional on the orphan still being open, so running twice, or at the same time, books once.
 */
import { findModel, isTerminal, readAgainMs, reviewDeadlineMs } from '@reelay/core';
import {
  type AttemptWithJob,
  claimOrphanCancel,
  findLiveAttempt,
  forgetOrphanCancel,
  holdBatch,
  inTransaction,
  isOrphanOlderThan,
  loadAttempt,
  type OrphanRow,
  openOrphans,
  scheduleOrphan,
  type Tx,
} from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { endJob, giveBackAttempt } from '../jobs/move-job.ts';
import { bookOrphan } from './book-orphan.ts';
import { findCopy } from './find-copy.ts';
import { callbackAbout, type Ending, readEnding } from './read-ending.ts';
import type { CallbackSeen } from './settle-attempt.ts';

export async function settleOrphans(
  context: Context,
  attemptId: string,
  callbacks: readonly CallbackSeen[],
): Promise<void> {
  for (const orphan of await openOrphans(context.db.prisma, attemptId)) {
    await settleOrphan(context, orphan, callbackAbout(callbacks, orphan.request_id));
  }
}

async function settleOrphan(context: Context, orphan: OrphanRow, callback: CallbackSeen | null): Promise<void> {
  const loaded = await loadAttempt(context.db.prisma, orphan.attempt_id, 'read');
  if (!loaded) return;
  const { request_id: requestId, cancel_asked_at, checks, unconfirmed, called_ok: calledOk } = orphan;
  const { model } = loaded.attempt;
  const asked = { model, requestId, cancelAsked: cancel_asked_at !== null, unconfirmed, calledOk };
  const reading = await readEnding(context, asked, callback);
  const copy = reading.kind === 'lost' ? await findCopy(context, loaded, requestId, callback) : null;
  if (reading.kind !== 'not_yet') return settle(context, orphan, copy ?? reading);
  if (await isOrphanOlderThan(context.db.prisma, requestId, reviewDeadlineMs(context.policy))) {
    return settle(context, orphan, { kind: 'lost' });
  }
  await askToStop(context, model, requestId);
  const delayMs = readAgainMs(context.policy, checks, context.random());
  await scheduleOrphan(context.db, requestId, { delayMs, unconfirmed: reading.unconfirmed });
}

async function askToStop(context: Context, model: string, requestId: string): Promise<void> {
  if (!(await claimOrphanCancel(context.db, requestId))) return;
  const answer = await context.fal.cancel(model, requestId);
  if (answer === 'unavailable') await forgetOrphanCancel(context.db, requestId);
  context.log.warn({ requestId, answer }, 'asked fal to cancel an orphan acceptance');
}

async function settle(context: Context, orphan: OrphanRow, ending: Ending): Promise<void> {
  const { request_id: requestId, attempt_id: attemptId } = orphan;
  await context.failpoint('settle.read');
  const settled = await inTransaction(context.db, async (tx) => {
    const known = await loadAttempt(tx, attemptId, 'read');
    await holdBatch(tx, known?.attempt.batch_id ?? null);
    const loaded = await loadAttempt(tx, attemptId, 'lock');
    if (!loaded) return null;
    const used = wouldUse(loaded, ending);
    if (!(await bookOrphan(context, tx, loaded, requestId, { ending, used }))) return null;
    const settle = used && ending.kind === 'succeeded' ? await use(context, tx, loaded, requestId, ending.output) : [];
    await context.failpoint('settle.before_commit');
    return { used, settle, batchId: loaded.job.batch_id };
  });
  await context.failpoint('settle.committed');
  if (!settled) return;
  const { used, batchId } = settled;
  context.log.warn({ requestId, attemptId, ending: ending.kind, used }, 'orphan acceptance settled');
  await enqueueAfterCommit(context, 'settle', settled.settle);
  if (used && batchId !== null) await finishBatch(context, batchId);
}

/** A result that is paid for and that an open job still waits for. */
function wouldUse({ attempt, job }: AttemptWithJob, ending: Ending): boolean {
  if (ending.kind !== 'succeeded' || isTerminal(job.status)) return false;
  return findModel(attempt.model)?.output.safeParse(ending.output).success ?? false;
}

/** Closes the job. Its live attempt is given back, or is to be cancelled at fal; what that one costs is its own to settle. */
async function use(
  context: Context,
  tx: Tx,
  { job }: AttemptWithJob,
  requestId: string,
  output: object,
): Promise<string[]> {
  await endJob(context, tx, job.id, 'succeeded', { output, requestId });
  const live = await findLiveAttempt(tx, job.id);
  if (live?.state === 'reserved') await giveBackAttempt(context, tx, live.id);
  return live?.state === 'accepted' ? [live.id] : [];
}
