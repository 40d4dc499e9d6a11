/**
 * Binds fal's request id to the attempt that asked for it, whoever brings the proof: the sender's own answer, however
 * late, or a verified callback. Safe to run twice; a second, different id for one attempt is kept as an orphan acceptance,
 * because fal was paid for it.
 */
import { type AttemptState, findModel, nextPollMs, outcomeDeadlineMs } from '@reelay/core';
import {
  type AttemptWithJob,
  addEvidence,
  findLiveAttempt,
  findRequestHolder,
  insertOrphan,
  isOrphan,
  loadAttempt,
  lockRequest,
  markAccepted,
  markSentBefore,
  reactivateJob,
  type Tx,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { giveBackAttempt } from '../jobs/move-job.ts';
import { isUnwanted } from './is-unwanted.ts';

export interface Proof {
  readonly attemptId: string;
  readonly requestId: string;
  readonly source: 'submit' | 'webhook' | 'listing' | 'person';
  /** Whether fal's listing shows the input that was sent; given where somebody looked. */
  readonly input?: 'same' | 'differs' | 'not_listed';
}

export interface Adoption {
  readonly kind: 'adopted' | 'already' | 'orphan' | 'no_attempt';
  /** Nothing waits for its result: fal is to be asked to stop. */
  readonly cancelRequested: boolean;
}

export async function adoptAcceptance(context: Context, tx: Tx, proof: Proof): Promise<Adoption> {
  const loaded = await loadAttempt(tx, proof.attemptId, 'lock');
  if (!loaded) return { kind: 'no_attempt', cancelRequested: false };
  const { attempt, job } = loaded;
  const cancelRequested = isUnwanted(job);
  await lockRequest(tx, proof.requestId);
  if (attempt.request_id === proof.requestId && attempt.state !== 'lost') return { kind: 'already', cancelRequested };
  if (await isOrphan(tx, proof.requestId)) return { kind: 'orphan', cancelRequested: false };
  // Before all else: two that cannot be told apart may each hold the other's request, and neither is an orphan then.
  const holder = await findRequestHolder(tx, proof.requestId);
  if (holder !== null && holder !== attempt.id) return heldElsewhere(context, proof, holder);
  if (attempt.request_id !== null && attempt.request_id !== proof.requestId)
    return orphan(context, tx, proof, attempt.state);
  if (!(await takeBack(context, tx, loaded))) return orphan(context, tx, proof, attempt.state);
  const won = await markAccepted(tx, attempt.id, {
    requestId: proof.requestId,
    outcomeDeadlineMs: outcomeDeadlineMs(context.policy),
    pollMs: firstPollMs(context, loaded),
  });
  if (!won) return orphan(context, tx, proof, attempt.state);
  await noteAdoption(tx, attempt.state, proof);
  return { kind: 'adopted', cancelRequested };
}

/** A sender that stores its own answer in time is the plain way and needs no note. */
async function noteAdoption(tx: Tx, from: AttemptState, { attemptId, requestId, source, input }: Proof): Promise<void> {
  if (from === 'sending' && source === 'submit') return;
  const piece = { source, request_id: requestId, adopted: true } as const;
  await addEvidence(tx, attemptId, input === undefined ? piece : { ...piece, input });
}

/**
 * The job of an attempt that turns out to be accepted is active again. False when the attempt cannot have been accepted
 * by what we know (it was refused), or when the job has a newer attempt that was sent: one job, one live attempt. A reserved one
 * was sent after the backup that this database comes from: what fal took for it is its own, and it is never sent again.
 */
async function takeBack(context: Context, tx: Tx, { attempt, job }: AttemptWithJob): Promise<boolean> {
  if (attempt.state === 'reserved') return markSentBefore(tx, attempt.id, context.owner);
  if (attempt.state !== 'sending' && attempt.state !== 'unknown' && attempt.state !== 'lost') return false;
  if (attempt.state === 'lost' && !(await makeRoom(context, tx, job.id))) return false;
  await reactivateJob(tx, job.id);
  return true;
}

/** A newer attempt that is not on its way yet need not be bought any more; false when one may have been sent. */
async function makeRoom(context: Context, tx: Tx, jobId: string): Promise<boolean> {
  const live = await findLiveAttempt(tx, jobId);
  if (live === null) return true;
  return live.state === 'reserved' && (await giveBackAttempt(context, tx, live.id)) !== null;
}

function firstPollMs(context: Context, { attempt }: AttemptWithJob): number {
  const model = findModel(attempt.model);
  return model ? nextPollMs(model, context.policy, 0, attempt.expects_webhook, context.random()) : 0;
}

/** Two attempts sent the very same input, and the other one was bound to this request: it is paid for there. */
function heldElsewhere(context: Context, proof: Proof, holder: string): Adoption {
  context.log.error({ ...proof, holder }, 'a request of fal is claimed by two attempts');
  return { kind: 'orphan', cancelRequested: false };
}

async function orphan(context: Context, tx: Tx, proof: Proof, state: string): Promise<Adoption> {
  if (await insertOrphan(tx, proof)) {
    context.log.error({ ...proof, state }, 'fal accepted a request that no attempt accounts for');
  }
  return { kind: 'orphan', cancelRequested: false };
}
