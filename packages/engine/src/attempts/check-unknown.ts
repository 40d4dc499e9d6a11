/**
 * Looks after attempts that nobody can account for: a sender that died becomes `unknown`, an `unknown` one is looked for
 * in fal's listing on the evidence schedule, and when that ends its job waits for a person. Nothing here ever sends.
 */
import { type Failure, type LookEvidence, nextLook, type Policy, type ResubmitDecision, scaled } from '@reelay/core';
import {
  type AttemptWithJob,
  addEvidence,
  hasRivalTwin,
  inTransaction,
  isSendOverdue,
  type LookState,
  loadAttempt,
  lockBatchForRule,
  markOutcomeUnknown,
  readLookState,
  recordLook,
  type Tx,
} from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import type { Context } from '../context.ts';
import { jobError } from '../jobs/job-error.ts';
import { putInReview } from '../jobs/move-job.ts';
import { adoptAcceptance } from './adopt-acceptance.ts';
import { becomeUnknown } from './become-unknown.ts';
import { type Listing, matchIn, readListing } from './look-in-listing.ts';
import { lookTimes } from './look-times.ts';
import { decideByRule, submitLostAgain } from './submit-lost-again.ts';

const SENDER_GONE: Failure = {
  kind: 'no_answer',
  message: 'the process that was sending this attempt ended before it stored an answer; fal may have accepted it',
};

/** sending → unknown once the sender's deadline and its grace have passed. */
export async function giveUpSender(context: Context, attemptId: string): Promise<boolean> {
  return inTransaction(context.db, async (tx) => {
    const loaded = await loadAttempt(tx, attemptId, 'lock');
    if (!loaded || !(await isSendOverdue(tx, attemptId, context.policy.sendGraceMs / 2))) return false;
    context.log.warn({ attemptId, owner: loaded.attempt.owner }, 'sender gone, attempt outcome unknown');
    return becomeUnknown(context, tx, loaded.attempt, { failure: SENDER_GONE, alive: false });
  });
}

interface Look {
  readonly reading: Listing['reading'];
  /** Null when there is no listing. */
  readonly seen: LookEvidence | null;
  /** Where the attempt stood before the listing was read. */
  readonly before: LookState | null;
}

/** One look for evidence. True when it found the request: the attempt is accepted now and can be settled. */
export async function lookForEvidence(context: Context, loaded: AttemptWithJob): Promise<boolean> {
  const { id } = loaded.attempt;
  const before = await readLookState(context.db.prisma, id, lookTimes(context.policy, loaded.attempt.checks));
  const listing = await readListing(context, loaded);
  const look: Look = { reading: listing.reading, seen: await matchIn(context, loaded, listing), before };
  await context.failpoint('evidence.looked');
  const found = await inTransaction(context.db, (tx) => record(context, tx, loaded, look));
  if (found.parkedIn !== null) await finishBatch(context, found.parkedIn);
  return found.adopted;
}

interface Found {
  readonly adopted: boolean;
  /** The batch whose job waits for review since. */
  readonly parkedIn: string | null;
}

const NOTHING: Found = { adopted: false, parkedIn: null };

async function record(context: Context, tx: Tx, loaded: AttemptWithJob, look: Look): Promise<Found> {
  const { id, batch_id, checks, misreads } = loaded.attempt;
  if (batch_id !== null && isAbsence(look)) await lockBatchForRule(tx, batch_id);
  const current = await loadAttempt(tx, id, 'lock');
  if (current?.attempt.state !== 'unknown') return NOTHING;
  // A doubled task looks for nothing new; only a look that is due counts and moves the schedule on.
  const isFirst = current.attempt.checks === checks && current.attempt.misreads === misreads;
  const state = isFirst ? await readLookState(tx, id, lookTimes(context.policy, checks)) : null;
  if (look.seen && state?.due) await addEvidence(tx, id, look.seen);
  const only = onlyMatch(look, current);
  if (only !== null && !(await hasRivalTwin(tx, id))) {
    const { kind } = await adoptAcceptance(context, tx, { attemptId: id, requestId: only, source: 'listing' });
    if (kind === 'adopted') return { adopted: true, parkedIn: null };
  }
  return state?.due ? lookAgain(context, tx, current, { ...look, state }) : NOTHING;
}

/** The one request that fits. With a seed of the user's, half a listing does not tell that there is no other. */
function onlyMatch({ reading, seen }: Look, { job }: AttemptWithJob): string | null {
  const [only, another] = seen?.matches ?? [];
  const { seed } = job.input as { readonly seed?: number | null };
  const isUnique = reading === 'read' || seed == null;
  return only !== undefined && another === undefined && isUnique ? only : null;
}

/** A complete listing without the attempt, read after anything of it could still come. */
function isAbsence({ reading, seen, before }: Look): boolean {
  return reading === 'read' && seen?.matches.length === 0 && before?.spent === true;
}

/**
 * Counts the look and schedules the next. When the schedule has ended, or two requests fit, the job waits for a person,
 * unless rule R submits it again or may still do so.
 */
async function lookAgain(
  context: Context,
  tx: Tx,
  loaded: AttemptWithJob,
  look: Look & { readonly state: LookState },
): Promise<Found> {
  const { attempt, job } = loaded;
  const { reading, seen, state } = look;
  const question = {
    loaded,
    state,
    hasListing: reading !== 'no_listing',
    provesAbsence: state.spaced && isAbsence(look),
  };
  const decision = await decideByRule(context, tx, question);
  if (decision.kind === 'resubmit') {
    await submitLostAgain(context, tx, question);
    return NOTHING;
  }
  const matches = seen?.matches.length ?? 0;
  const next = nextLook(
    context.policy,
    {
      reading,
      made: attempt.checks,
      misreads: attempt.misreads,
      ambiguous: matches > 1,
      scheduleOver: state.schedule_over,
      deadlineOver: state.deadline_over,
      ruleDueMs: ruleDueMs(context.policy, decision, state),
    },
    context.random(),
  );
  await recordLook(tx, attempt.id, { reading, provesAbsence: question.provesAbsence, delayMs: next.delayMs });
  if (!next.park) {
    await markOutcomeUnknown(tx, job.id);
    return NOTHING;
  }
  const failure = (attempt.failure ?? SENDER_GONE) as unknown as Failure;
  const parked = await putInReview(
    context,
    tx,
    job.id,
    matches > 1 ? 'several_matches' : 'outcome_unknown',
    jobError(failure),
  );
  return parked ? { adopted: false, parkedIn: job.batch_id } : NOTHING;
}

function ruleDueMs(policy: Policy, decision: ResubmitDecision, state: LookState): number | null {
  return decision.kind === 'wait' ? Math.max(state.until_spent_ms, scaled(policy, policy.resubmitMarginMs)) : null;
}
