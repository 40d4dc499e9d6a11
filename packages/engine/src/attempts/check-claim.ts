/**
 * Checks a person's word on which request of fal is an attempt's: fal is asked whether it knows that request, because an
 * id that was bound could never be changed again. A person's word outranks a differing input in the listing, but that is
 * written down. Run twice it adopts once, and a later word makes an earlier check void.
 */
import { matchListing, readAgainMs } from '@reelay/core';
import {
  type AttemptWithJob,
  addEvidence,
  clearClaim,
  findRequestHolder,
  inTransaction,
  loadAttempt,
  noteReview,
  postponeClaim,
  type Tx,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { type Adoption, adoptAcceptance, type Proof } from './adopt-acceptance.ts';
import { readListing } from './look-in-listing.ts';
import { sentInput } from './sent-input.ts';

/** fal is asked again about as often as after a few questions that it did not answer. */
const ASKED_BEFORE = 3;

export type ClaimCheck = 'adopted' | 'refuted' | 'pending';

export async function checkClaim(context: Context, loaded: AttemptWithJob, requestId: string): Promise<ClaimCheck> {
  const { id, model } = loaded.attempt;
  const status = await context.fal.status(model, requestId);
  if (status.kind === 'unavailable') {
    const delayMs = readAgainMs(context.policy, ASKED_BEFORE, context.random());
    await postponeClaim(context.db.prisma, id, delayMs);
    context.log.warn({ attemptId: id, requestId, failure: status.failure }, 'a claimed request could not be checked');
    return 'pending';
  }
  const input = status.kind === 'gone' ? null : await compareInput(context, loaded, requestId);
  return inTransaction(context.db, async (tx) => {
    const current = await loadAttempt(tx, id, 'lock');
    if (current?.attempt.claimed_request_id !== requestId) return 'refuted';
    const adoption =
      input && (await adoptAcceptance(context, tx, { attemptId: id, requestId, source: 'person', input }));
    if (adoption?.kind === 'adopted') return 'adopted';
    await refute(tx, current, requestId, adoption);
    return 'refuted';
  });
}

/** fal does not know the request, or it belongs elsewhere: the job stays in review. */
async function refute(
  tx: Tx,
  { attempt, job }: AttemptWithJob,
  requestId: string,
  adoption: Adoption | null,
): Promise<void> {
  const holder = await findRequestHolder(tx, requestId);
  await addEvidence(tx, attempt.id, {
    source: 'person',
    request_id: requestId,
    found: adoption !== null,
    ...(holder === null ? {} : { held_by: holder }),
  });
  await clearClaim(tx, attempt.id, requestId);
  await noteReview(tx, job.id, 'request_not_adopted');
}

/** Whether fal's listing shows the input that was sent under this id. */
async function compareInput(
  context: Context,
  loaded: AttemptWithJob,
  requestId: string,
): Promise<NonNullable<Proof['input']>> {
  const { requests } = await readListing(context, loaded, requestId);
  const listed = requests.find((request) => request.requestId === requestId && request.input !== null);
  if (!listed) return 'not_listed';
  const input = sentInput(loaded.job.input, loaded.attempt.seed);
  const anyTime = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  return matchListing({ input, ...anyTime }, [listed], new Set()).kind === 'one' ? 'same' : 'differs';
}
