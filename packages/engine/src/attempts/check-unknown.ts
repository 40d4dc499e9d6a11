/**
 * Looks after attempts that nobody can account for: a sender that died becomes `unknown`, an `unknown` one is looked at
 * on the evidence schedule, and when that ends its job waits for a person. Nothing here ever sends.
 */
import { type Failure, findModel, nextEvidenceMs, unknownSlotMs } from '@reelay/core';
import {
  inTransaction,
  isSendOverdue,
  loadAttempt,
  markOutcomeUnknown,
  markUnknown,
  parkForReview,
  readCallbacks,
  scheduleCheck,
} from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import type { Context } from '../context.ts';
import { jobError } from '../jobs/job-error.ts';
import { settleAttempt } from './settle-attempt.ts';

const SENDER_GONE: Failure = {
  kind: 'no_answer',
  message: 'the process that was sending this attempt ended before it stored an answer; fal may have accepted it',
};

/** sending → unknown once the sender's deadline and its grace have passed. */
export async function giveUpSender(context: Context, attemptId: string): Promise<boolean> {
  return inTransaction(context.db, async (tx) => {
    const loaded = await loadAttempt(tx, attemptId, 'lock');
    if (!loaded || !(await isSendOverdue(tx, attemptId, context.policy.sendGraceMs / 2))) return false;
    const model = findModel(loaded.attempt.model);
    context.log.warn({ attemptId, owner: loaded.attempt.owner }, 'sender gone, attempt outcome unknown');
    return markUnknown(tx, attemptId, {
      failure: SENDER_GONE,
      slotMs: model ? unknownSlotMs(model, context.policy) : 0,
      checkMs: nextEvidenceMs(context.policy, 0),
    });
  });
}

/** One look for evidence: a stored callback binds the request; otherwise the next look, or review when there is none. */
export async function lookForEvidence(context: Context, attemptId: string): Promise<void> {
  const callbacks = await readCallbacks(context.db.prisma, attemptId);
  if (callbacks.some(({ stale, processed_at }) => !stale && processed_at === null)) {
    await settleAttempt(context, attemptId);
    return;
  }
  const batchId = await inTransaction(context.db, async (tx) => {
    const loaded = await loadAttempt(tx, attemptId, 'lock');
    if (loaded?.attempt.state !== 'unknown') return null;
    const delayMs = nextEvidenceMs(context.policy, loaded.attempt.checks + 1);
    await scheduleCheck(tx, attemptId, { delayMs });
    if (delayMs !== null) {
      await markOutcomeUnknown(tx, loaded.job.id);
      return null;
    }
    const failure = (loaded.attempt.failure ?? SENDER_GONE) as unknown as Failure;
    await parkForReview(tx, loaded.job.id, 'outcome_unknown', jobError(failure));
    return loaded.job.batch_id;
  });
  if (batchId !== null) await finishBatch(context, batchId);
}
