/**
 * Looks after attempts that nobody can account for: a sender that died becomes `unknown`, an `unknown` one is looked for
 * in fal's listing on the evidence schedule, and when that ends its job waits for a person. Nothing here ever sends.
 */
import { type Failure, matchListing, nextEvidenceMs, scaled } from '@reelay/core';
import {
  type AttemptWithJob,
  addEvidence,
  hasOlderTwin,
  inTransaction,
  isSendOverdue,
  isSentSince,
  loadAttempt,
  markOutcomeUnknown,
  parkForReview,
  readBoundRequests,
  scheduleCheck,
  type Tx,
} from '@reelay/db';
import { finishBatch } from '../batches/finish-batch.ts';
import type { Context } from '../context.ts';
import { jobError } from '../jobs/job-error.ts';
import { adoptAcceptance } from './adopt-acceptance.ts';
import { becomeUnknown } from './become-unknown.ts';
import { sentInput } from './sent-input.ts';

const SENDER_GONE: Failure = {
  kind: 'no_answer',
  message: 'the process that was sending this attempt ended before it stored an answer; fal may have accepted it',
};

/** fal's clock may differ from ours by so much, and a request may reach it late. Network time, never scaled. */
const BEFORE_SENDING_MS = 120_000;
const AFTER_DEADLINE_MS = 600_000;

/** sending → unknown once the sender's deadline and its grace have passed. */
export async function giveUpSender(context: Context, attemptId: string): Promise<boolean> {
  return inTransaction(context.db, async (tx) => {
    const loaded = await loadAttempt(tx, attemptId, 'lock');
    if (!loaded || !(await isSendOverdue(tx, attemptId, context.policy.sendGraceMs / 2))) return false;
    context.log.warn({ attemptId, owner: loaded.attempt.owner }, 'sender gone, attempt outcome unknown');
    return becomeUnknown(context, tx, loaded.attempt, SENDER_GONE);
  });
}

interface Look {
  readonly source: 'listing';
  /** Whether fal's listing was read to its end. */
  readonly complete: boolean;
  readonly listed: number;
  readonly matches: readonly string[];
  readonly failure?: string;
}

/** One look for evidence. True when it found the request: the attempt is accepted now and can be settled. */
export async function lookForEvidence(context: Context, loaded: AttemptWithJob): Promise<boolean> {
  const look = await lookInListing(context, loaded);
  await context.failpoint('evidence.looked');
  const { id } = loaded.attempt;
  const found = await inTransaction(context.db, async (tx) => {
    const current = await loadAttempt(tx, id, 'lock');
    if (current?.attempt.state !== 'unknown') return null;
    // A doubled task looks for nothing new; only a look that is due moves the schedule on.
    const due = current.attempt.checks === loaded.attempt.checks && (await isLookDue(context, tx, current));
    if (look && due) await addEvidence(tx, id, look);
    const [only] = look?.matches ?? [];
    if (only !== undefined && look?.matches.length === 1 && !(await hasOlderTwin(tx, id))) {
      const { kind } = await adoptAcceptance(context, tx, { attemptId: id, requestId: only, source: 'listing' });
      if (kind === 'adopted') return { adopted: true, batchId: null };
    }
    if (!due) return null;
    return { adopted: false, batchId: await lookAgain(context, tx, current, (look?.matches.length ?? 0) > 1) };
  });
  if (found && found.batchId !== null) await finishBatch(context, found.batchId);
  return found?.adopted ?? false;
}

/** Every look has its time after the send; a webhook or a doubled task may bring us here before it. */
function isLookDue(context: Context, tx: Tx, { attempt }: AttemptWithJob): Promise<boolean> {
  const afterMs = context.policy.evidenceMs[attempt.checks];
  return afterMs === undefined ? Promise.resolve(true) : isSentSince(tx, attempt.id, scaled(context.policy, afterMs));
}

async function lookInListing(context: Context, { attempt, job }: AttemptWithJob): Promise<Look | null> {
  const { sending_at: sentAt, send_deadline_at: deadlineAt } = attempt;
  if (!sentAt || !deadlineAt) return null;
  const fromMs = sentAt.getTime() - BEFORE_SENDING_MS;
  const toMs = deadlineAt.getTime() + AFTER_DEADLINE_MS;
  const listing = await context.fal.listRequests({ endpointId: attempt.model, fromMs, toMs });
  if (listing.kind === 'not_available') return null;
  const source = 'listing' as const;
  if (listing.kind === 'unavailable') {
    return { source, complete: false, listed: 0, matches: [], failure: listing.failure.message };
  }
  const { requests, complete } = listing;
  const bound = await readBoundRequests(
    context.db.prisma,
    requests.map(({ requestId }) => requestId),
  );
  const match = matchListing({ input: sentInput(job.input, attempt.seed), fromMs, toMs }, requests, bound);
  const matches = match.kind === 'one' ? [match.requestId] : match.kind === 'several' ? match.requestIds : [];
  return { source, complete, listed: requests.length, matches };
}

/** Schedules the next look; when there is none, or two requests fit, the job waits for a person. */
async function lookAgain(
  context: Context,
  tx: Tx,
  { attempt, job }: AttemptWithJob,
  ambiguous: boolean,
): Promise<string | null> {
  const delayMs = ambiguous ? null : nextEvidenceMs(context.policy, attempt.checks + 1);
  await scheduleCheck(tx, attempt.id, { delayMs });
  if (delayMs !== null) {
    await markOutcomeUnknown(tx, job.id);
    return null;
  }
  const failure = (attempt.failure ?? SENDER_GONE) as unknown as Failure;
  await parkForReview(tx, job.id, ambiguous ? 'several_matches' : 'outcome_unknown', jobError(failure));
  return job.batch_id;
}
