/**
 * Creates again from Postgres whatever the queue or a dead process lost. Every worker runs it on a timer; there is no
 * leader. Each step claims at most a hundred due rows with SKIP LOCKED in a short transaction, so a frozen worker holds
 * up nobody, and two patrols at once do the work once.
 */
import { reviewDeadlineMs, scaled, TASK_MADE_MAX, taskLostMs } from '@reelay/core';
import {
  cancellingBatches,
  claimDueAttempts,
  claimDueClaims,
  claimDueOrphans,
  type DueAttempt,
  failOverdueReviews,
  finishableBatches,
  inTransaction,
  pruneExpired,
  unreadCallbacks,
  unreadUploads,
} from '@reelay/db';
import { giveUpSender } from '../attempts/check-unknown.ts';
import { emptyQueue } from '../batches/empty-queue.ts';
import { finishBatch } from '../batches/finish-batch.ts';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { pruneLog } from '../events/prune-log.ts';
import { tellJobs } from '../events/tell-jobs.ts';
import { tellProgress } from '../events/tell-progress.ts';
import { sweepUploads } from '../intake/sweep-uploads.ts';

/** A claimed attempt comes due again after this, should whatever we do for it now be lost. */
const CLAIM_MS = 30_000;
/** A stored callback unread for this long has lost its task. Network time, never scaled. */
const UNREAD_MS = 2_000;

export interface PatrolReport {
  readonly due: number;
}

export async function patrol(context: Context): Promise<PatrolReport> {
  const due = await inTransaction(context.db, async (tx) => {
    const againMs = taskLostMs(context.policy, 2);
    const claimed = await claimDueAttempts(tx, { againMs, doublingsMax: TASK_MADE_MAX - 2 });
    await context.failpoint('patrol.claimed');
    return claimed;
  });
  await context.failpoint('patrol.committed');
  await step(context, 'due attempts', () => drive(context, due));
  await step(context, 'claimed requests', async () => enqueueAfterCommit(context, 'settle', await dueClaims(context)));
  await step(context, 'orphan acceptances', async () =>
    enqueueAfterCommit(context, 'settle', await dueOrphans(context)),
  );
  await step(context, 'overdue reviews', () => closeReviews(context));
  await step(context, 'unread callbacks', async () =>
    enqueueAfterCommit(context, 'settle', await unreadCallbacks(context.db, UNREAD_MS)),
  );
  await step(context, 'unread uploads', async () =>
    enqueueAfterCommit(context, 'import', await unreadUploads(context.db)),
  );
  await step(context, 'cancelling batches', () => each(cancellingBatches(context.db), (id) => emptyQueue(context, id)));
  await step(context, 'finished batches', () => each(finishableBatches(context.db), (id) => finishBatch(context, id)));
  await step(context, 'progress', () => tellProgress(context));
  return { due: due.length };
}

/** One step that fails does not keep the others from their work. */
async function step(context: Context, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.log.error({ err: error, step: name }, 'patrol step failed; the next round tries again');
  }
}

async function each(ids: Promise<readonly string[]>, work: (id: string) => Promise<unknown>): Promise<void> {
  for (const id of await ids) await work(id);
}

async function drive(context: Context, due: readonly DueAttempt[]): Promise<void> {
  const inState = (state: string) => due.filter((attempt) => attempt.state === state).map(({ id }) => id);
  await enqueueAfterCommit(context, 'submit', inState('reserved'));
  await enqueueAfterCommit(context, 'settle', [...inState('accepted'), ...inState('unknown')]);
  for (const id of inState('sending')) await giveUpSender(context, id);
}

function dueClaims(context: Context): Promise<string[]> {
  return inTransaction(context.db, (tx) => claimDueClaims(tx, scaled(context.policy, CLAIM_MS)));
}

function dueOrphans(context: Context): Promise<string[]> {
  return inTransaction(context.db, (tx) => claimDueOrphans(tx, scaled(context.policy, CLAIM_MS)));
}

/** A job that nobody could settle within the review deadline is failed; its batch does not wait for reviews. */
async function closeReviews(context: Context): Promise<void> {
  const jobIds = await inTransaction(context.db, async (tx) => {
    const failed = await failOverdueReviews(tx, reviewDeadlineMs(context.policy));
    await tellJobs(context, tx, failed);
    return failed;
  });
  if (jobIds.length > 0) context.log.warn({ jobIds }, 'jobs failed at their review deadline');
}

/** Housekeeping that may wait, a step at a time: run it every few minutes. */
export async function tidy(context: Context): Promise<void> {
  await step(context, 'expired rows', () => pruneExpired(context.db));
  await step(context, 'old events', async () => void (await pruneLog(context)));
  await step(context, 'abandoned uploads', async () => void (await sweepUploads(context)));
}
