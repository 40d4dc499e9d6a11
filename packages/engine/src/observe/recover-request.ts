/**
 * Puts one request of fal back to the job that asked for it: to the attempt that the restored database remembers, or to
 * one that is written again. In one transaction, and safe to run twice: a request id belongs to one attempt.
 */
import type { Recognised } from '@reelay/core';
import {
  findRememberedAttempt,
  hasLiveAttempt,
  insertForgottenAttempt,
  inTransaction,
  lockAccount,
  lockJobById,
  type Tx,
} from '@reelay/db';
import { adoptAcceptance } from '../attempts/adopt-acceptance.ts';
import type { Context } from '../context.ts';
import { deriveSeed } from '../dispatch/attempt-of.ts';
import { newId } from '../make-id.ts';

export interface Recovery {
  readonly kind: 'recovered' | 'pending' | 'known';
  /** The attempt that is accepted now and can be settled. */
  readonly attemptId: string | null;
}

export interface RecognisedRequest extends Recognised {
  readonly requestId: string;
}

export function recoverRequest(context: Context, request: RecognisedRequest): Promise<Recovery> {
  return inTransaction(context.db, async (tx): Promise<Recovery> => {
    await lockAccount(tx);
    const attemptId =
      (await findRememberedAttempt(tx, request.jobId, request.n)) ?? (await writeAgain(context, tx, request));
    if (attemptId === null) return { kind: 'pending', attemptId };
    const { requestId } = request;
    const { kind } = await adoptAcceptance(context, tx, { attemptId, requestId, source: 'listing' });
    context.log.warn({ ...request, attemptId, kind }, 'observing: a request of fal was put back to its job');
    return kind === 'adopted' ? { kind: 'recovered', attemptId } : { kind: 'known', attemptId: null };
  });
}

/** Null while another attempt of the job is under way: one job, one live attempt. */
async function writeAgain(context: Context, tx: Tx, { jobId, n }: RecognisedRequest): Promise<string | null> {
  const job = await lockJobById(tx, jobId);
  if (!job || (await hasLiveAttempt(tx, jobId))) return null;
  const id = newId(context, 'attempt');
  const number = n ?? job.attempts + 1;
  const userSeed = (job.input as { seed?: number }).seed;
  const seed = BigInt(userSeed ?? deriveSeed(jobId, number));
  await insertForgottenAttempt(tx, { id, jobId, n: number, seed });
  return id;
}
