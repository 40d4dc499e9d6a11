/**
 * Brings one attempt's outcome home. A webhook wakes it, a poll wakes it, it asks fal all the same: what fal answers, not
 * what woke us, decides. Result, ledger and job move in one transaction that is conditional on the attempt still being
 * accepted, so running twice, or at the same time as another, settles once.
 */
import { ADOPTABLE_ATTEMPT_STATES, type AttemptState, type Failure, findModel, type Model } from '@reelay/core';
import {
  type AttemptRow,
  type AttemptWithJob,
  addEvidence,
  holdBatch,
  inTransaction,
  isOutcomeOverdue,
  loadAttempt,
  markProcessed,
  readCallbacks,
  type Tx,
} from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import type { Context } from '../context.ts';
import { adoptAcceptance } from './adopt-acceptance.ts';
import { askToCancel } from './ask-to-cancel.ts';
import { checkClaim } from './check-claim.ts';
import { lookForEvidence } from './check-unknown.ts';
import { findCopy } from './find-copy.ts';
import { isUnwanted } from './is-unwanted.ts';
import { type AskedRequest, callbackAbout, type Ending, type Reading, readEnding } from './read-ending.ts';
import { recordEnding } from './record-ending.ts';
import { settleOrphans } from './settle-orphans.ts';
import { waitLonger } from './wait-longer.ts';

export type SettleReport =
  | { readonly kind: 'settled'; readonly batchId: string | null }
  /** Not finished, or fal could not say: the next look is scheduled. */
  | { readonly kind: 'waiting' }
  /** Nothing to settle: no acceptance is known, or it is settled already. */
  | { readonly kind: 'nothing' };

export interface CallbackSeen {
  readonly request_id: string;
  readonly failed: boolean;
  readonly stale: boolean;
  readonly payload: unknown;
}

export async function settleAttempt(context: Context, attemptId: string): Promise<SettleReport> {
  const callbacks = await adoptFromInbox(context, attemptId);
  await settleOrphans(context, attemptId, callbacks);
  const loaded = await findAcceptance(context, attemptId);
  const model = loaded ? findModel(loaded.attempt.model) : null;
  if (!loaded || !model || loaded.attempt.state !== 'accepted') return { kind: 'nothing' };
  const { attempt } = loaded;
  const callback = callbackAbout(callbacks, attempt.request_id);
  const ending = await endingOf(context, loaded, callback);
  if (ending.kind === 'not_yet') {
    await waitLonger(context, loaded, model, ending);
    return { kind: 'waiting' };
  }
  return settle(context, loaded, model, ending);
}

/** The attempt, after whatever can be found out about its acceptance was. */
async function findAcceptance(context: Context, attemptId: string): Promise<AttemptWithJob | null> {
  const loaded = await loadAttempt(context.db.prisma, attemptId, 'read');
  if (!loaded || !isAdoptable(loaded.attempt.state)) return loaded;
  const { state, claimed_request_id: claimed } = loaded.attempt;
  const check = claimed === null ? null : await checkClaim(context, loaded, claimed);
  // A look would put off the next question about the claim.
  const found =
    check === 'adopted' || (check !== 'pending' && state === 'unknown' && (await lookForEvidence(context, loaded)));
  return found ? loadAttempt(context.db.prisma, attemptId, 'read') : loaded;
}

/**
 * What fal says, or a copy of what it once said when it no longer says it or not in time. What nothing waits for any more
 * is asked to stop while it runs: what it costs is all that it can still tell.
 */
async function endingOf(context: Context, loaded: AttemptWithJob, callback: CallbackSeen | null): Promise<Reading> {
  const { attempt, job } = loaded;
  const asked = askedOf(attempt);
  let reading = await readEnding(context, asked, callback);
  if (reading.kind === 'not_yet' && isUnwanted(job) && (await askToCancel(context, attempt))) {
    reading = await readEnding(context, { ...asked, cancelAsked: true }, callback);
  }
  const isMissing =
    reading.kind === 'lost' || (reading.kind === 'not_yet' && (await isOutcomeOverdue(context.db.prisma, attempt.id)));
  const copy = isMissing ? await findCopy(context, loaded, asked.requestId, callback) : null;
  return copy ?? reading;
}

function askedOf({ model, request_id, cancel_asked_at, unconfirmed, called_ok }: AttemptRow): AskedRequest {
  const cancelAsked = cancel_asked_at !== null;
  return { model, requestId: request_id ?? '', cancelAsked, unconfirmed, calledOk: called_ok };
}

async function settle(context: Context, loaded: AttemptWithJob, model: Model, ending: Ending): Promise<SettleReport> {
  const { id, batch_id: batchId } = loaded.attempt;
  await context.failpoint('settle.read');
  const won = await inTransaction(context.db, async (tx) => {
    if (ending.kind === 'failed') await holdBatch(tx, batchId);
    const current = await loadAttempt(tx, id, 'lock');
    if (current?.attempt.state !== 'accepted') return false;
    // Asked to cancel since it was read: that may be why it is gone, and the next look knows.
    const { cancel_asked_at } = loaded.attempt;
    if (ending.kind === 'lost' && cancel_asked_at === null && current.attempt.cancel_asked_at !== null) return false;
    await recordEnding(context, tx, current, model, ending);
    await context.failpoint('settle.before_commit');
    return true;
  });
  await context.failpoint('settle.committed');
  if (!won) return { kind: 'nothing' };
  logEnding(context, loaded, ending);
  if (batchId !== null) await finishBatch(context, batchId);
  return { kind: 'settled', batchId };
}

/**
 * A verified callback names fal's request id: an attempt that lost its answer is found again by it. Once read, a callback
 * has done its work; from then on the attempt's own schedule brings us back.
 */
async function adoptFromInbox(context: Context, attemptId: string): Promise<readonly CallbackSeen[]> {
  const callbacks = await readCallbacks(context.db.prisma, attemptId);
  const unread = callbacks.filter(({ processed_at }) => processed_at === null);
  for (const callback of unread) await inTransaction(context.db, (tx) => hear(context, tx, attemptId, callback));
  if (unread.length > 0) await markProcessed(context.db.prisma, unread);
  return callbacks;
}

/** A stale callback proves nothing, but it was seen. */
async function hear(context: Context, tx: Tx, attemptId: string, callback: CallbackSeen): Promise<void> {
  const { request_id: requestId, failed, stale } = callback;
  const loaded = await loadAttempt(tx, attemptId, 'lock');
  if (loaded && isAdoptable(loaded.attempt.state)) {
    await addEvidence(tx, attemptId, { source: 'webhook', request_id: requestId, failed, stale });
  }
  if (!stale) await adoptAcceptance(context, tx, { attemptId, requestId, source: 'webhook' });
}

function isAdoptable(state: AttemptState): boolean {
  return (ADOPTABLE_ATTEMPT_STATES as readonly AttemptState[]).includes(state);
}

function logEnding(context: Context, { attempt }: AttemptWithJob, ending: Ending): void {
  const failure: Failure | undefined = ending.kind === 'failed' ? ending.failure : undefined;
  const fields = {
    attemptId: attempt.id,
    jobId: attempt.job_id,
    requestId: attempt.request_id,
    ending: ending.kind,
    failure,
  };
  if (ending.kind === 'succeeded') context.log.info(fields, 'attempt settled');
  else context.log.warn(fields, 'attempt settled');
}
