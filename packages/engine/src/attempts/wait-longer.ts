/** An accepted attempt without outcome: schedules the next look, or gives up waiting once its deadline has passed. */
import { type Model, nextPollMs, readAgainMs, scaled } from '@reelay/core';
import { type AttemptWithJob, inTransaction, isOutcomeOverdue, loadAttempt, scheduleCheck, type Tx } from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import type { Context } from '../context.ts';
import { jobError } from '../jobs/job-error.ts';
import { putInReview } from '../jobs/move-job.ts';
import { askToCancel } from './ask-to-cancel.ts';
import type { Reading } from './read-ending.ts';

/** A stuck attempt is still looked at now and then: late evidence settles it by itself. */
const STUCK_LOOK_MS = 3_600_000;

export async function waitLonger(
  context: Context,
  { attempt, job }: AttemptWithJob,
  model: Model,
  { failure, unconfirmed }: Extract<Reading, { kind: 'not_yet' }>,
): Promise<void> {
  if (failure) context.log.warn({ attemptId: attempt.id, failure }, 'fal could not say how the attempt stands');
  const stuck = await inTransaction(context.db, async (tx) => {
    const current = await loadAttempt(tx, attempt.id, 'lock');
    if (current?.attempt.state !== 'accepted') return false;
    if (await isOutcomeOverdue(tx, attempt.id)) return park(context, tx, current);
    const { checks, expects_webhook } = current.attempt;
    const delayMs = failure
      ? readAgainMs(context.policy, checks, context.random())
      : nextPollMs(model, context.policy, checks + 1, expects_webhook, context.random());
    await scheduleCheck(tx, attempt.id, { delayMs, unconfirmed });
    return false;
  });
  if (!stuck) return;
  await askToCancel(context, attempt);
  if (job.batch_id !== null) await finishBatch(context, job.batch_id);
}

async function park(context: Context, tx: Tx, { attempt, job }: AttemptWithJob): Promise<boolean> {
  const message =
    'fal has not finished this request within its longest run time; it was asked to cancel. The money stays reserved until the outcome is known';
  await scheduleCheck(tx, attempt.id, { delayMs: scaled(context.policy, STUCK_LOOK_MS), slotFreed: true });
  return putInReview(context, tx, job.id, 'provider_stuck', jobError({ kind: 'provider_stuck', message }));
}
