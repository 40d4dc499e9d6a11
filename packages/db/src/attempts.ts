/**
 * Moving attempts and their jobs. Every change is conditional on the state it comes from and says whether it won.
 * Locks are always taken job first, then attempt, so that two verbs on one job wait for each other and never deadlock.
 */
import { type AttemptState, type Failure, type JobStatus, LIVE_ATTEMPT_STATES } from '@reelay/core';
import type { Db, Tx } from './client.ts';
import type { Attempt, Job } from './generated/client.ts';
import { fromNow } from './interval.ts';
import { jsonText } from './json-text.ts';
import { appendLedger } from './ledger.ts';

export type AttemptRow = Attempt & { readonly state: AttemptState };
export type JobRow = Job & { readonly status: JobStatus };

export interface AttemptWithJob {
  readonly attempt: AttemptRow;
  readonly job: JobRow;
}

/** Reads an attempt and its job, locking both (job first) when `lock` is set. */
export async function loadAttempt(tx: Tx, attemptId: string, lock: 'lock' | 'read'): Promise<AttemptWithJob | null> {
  if (lock === 'lock') {
    await tx.$queryRaw`SELECT 1 FROM jobs WHERE id = (SELECT job_id FROM attempts WHERE id = ${attemptId}) FOR NO KEY UPDATE`;
    await tx.$queryRaw`SELECT 1 FROM attempts WHERE id = ${attemptId} FOR NO KEY UPDATE`;
  }
  const row = await tx.attempt.findUnique({ where: { id: attemptId }, include: { job: true } });
  if (!row) return null;
  const { job, ...attempt } = row;
  return { attempt: attempt as AttemptRow, job: job as JobRow };
}

export interface SendClaim {
  readonly attempt_id: string;
  readonly job_id: string;
  readonly batch_id: string | null;
  readonly model: string;
  readonly seed: bigint;
  readonly input: Record<string, unknown>;
}

/**
 * reserved → sending, the moment before money can move. Wins only while nothing forbids it: stop-all, an embargo, a pause
 * of the batch (`budget` excepted: this attempt's money is reserved already), a cancelled job or batch.
 */
export async function claimForSending(
  db: Db,
  claim: { attemptId: string; owner: string; deadlineMs: number; checkMs: number; expectsWebhook: boolean },
): Promise<SendClaim | null> {
  const [row] = await db.prisma.$queryRaw<SendClaim[]>`
    UPDATE attempts a
    SET state = 'sending', owner = ${claim.owner}, sending_at = now(), send_deadline_at = ${fromNow(claim.deadlineMs)},
        next_check_at = ${fromNow(claim.checkMs)}, expects_webhook = ${claim.expectsWebhook}
    FROM jobs j, provider_accounts p
    WHERE a.id = ${claim.attemptId} AND a.state = 'reserved' AND j.id = a.job_id AND p.id = 'fal'
      AND p.stopped_at IS NULL AND (p.embargo_until IS NULL OR p.embargo_until <= now())
      AND j.status = 'active' AND j.cancel_requested_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = a.batch_id AND b.state <> 'in_progress')
      AND NOT EXISTS (SELECT 1 FROM batch_pauses bp WHERE bp.batch_id = a.batch_id AND bp.reason <> 'budget')
    RETURNING a.id AS attempt_id, a.job_id, a.batch_id, a.model, a.seed, j.input`;
  return row ?? null;
}

/** Milliseconds until the account's embargo ends, 0 when there is none. */
export async function embargoLeftMs(db: Db): Promise<number> {
  const [row] = await db.prisma.$queryRaw<{ left_ms: number }[]>`
    SELECT greatest(0, extract(epoch FROM embargo_until - now()) * 1000)::double precision AS left_ms
    FROM provider_accounts WHERE id = 'fal'`;
  return Math.ceil(row?.left_ms ?? 0);
}

/** reserved → released: the money goes back and the job returns to the queue, or is cancelled when that was asked. */
export async function releaseAttempt(tx: Tx, attemptId: string): Promise<boolean> {
  const loaded = await loadAttempt(tx, attemptId, 'lock');
  if (loaded?.attempt.state !== 'reserved') return false;
  await tx.$executeRaw`
    UPDATE attempts SET state = 'released', finished_at = now(), next_check_at = NULL WHERE id = ${attemptId}`;
  await appendLedger(tx, attemptId, [
    { kind: 'release', amountNanoUsd: loaded.attempt.reserved_nano_usd, basis: 'released' },
  ]);
  await requeueJob(tx, loaded.job, { delayMs: 0, countsAsAttempt: false });
  return true;
}

/** An active job back to the queue after `delayMs`; cancelled instead when that was asked for. */
export async function requeueJob(
  tx: Tx,
  job: JobRow,
  how: { delayMs: number; countsAsAttempt: boolean; error?: object },
): Promise<void> {
  if (job.cancel_requested_at !== null) return closeJob(tx, job.id, 'cancelled', { error: how.error ?? null });
  const failed = how.countsAsAttempt ? 1 : 0;
  const error = how.error === undefined ? null : jsonText(how.error);
  if (how.delayMs === 0) {
    await tx.$executeRaw`
      UPDATE jobs SET status = 'queued', status_detail = NULL, not_before = NULL,
        failed_attempts = failed_attempts + ${failed}, error = ${error}::jsonb
      WHERE id = ${job.id} AND status IN ('active', 'needs_review')`;
    return;
  }
  await tx.$executeRaw`
    UPDATE jobs SET status = 'queued', status_detail = 'backoff', not_before = ${fromNow(how.delayMs)},
      failed_attempts = failed_attempts + ${failed}, error = ${error}::jsonb
    WHERE id = ${job.id} AND status IN ('active', 'needs_review')`;
}

/** Ends a job. Only an open one: a closed job's outcome stays. */
export async function closeJob(
  tx: Tx,
  jobId: string,
  status: 'succeeded' | 'failed' | 'cancelled',
  outcome: { output?: object; error?: object | null; requestId?: string | null },
): Promise<void> {
  const output = outcome.output === undefined ? null : jsonText(outcome.output);
  const error = outcome.error == null ? null : jsonText(outcome.error);
  await tx.$executeRaw`
    UPDATE jobs SET status = ${status}, status_detail = NULL, not_before = NULL, finished_at = now(),
      output = ${output}::jsonb, error = ${error}::jsonb,
      fal_request_id = coalesce(${outcome.requestId ?? null}, fal_request_id)
    WHERE id = ${jobId} AND status IN ('queued', 'active', 'needs_review')`;
}

/** An active job that only late evidence or a person can move. Its reservation stays. */
export async function parkForReview(tx: Tx, jobId: string, detail: string, error: object): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE jobs SET status = 'needs_review', status_detail = ${detail}, error = ${jsonText(error)}::jsonb
    WHERE id = ${jobId} AND status = 'active'`;
  return won === 1;
}

/** The job of an attempt that turned out to be accepted is active again, unless it has closed meanwhile. */
export async function reactivateJob(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET status = 'active', status_detail = NULL, not_before = NULL, error = NULL
    WHERE id = ${jobId} AND status IN ('queued', 'needs_review')`;
}

export interface Acceptance {
  readonly requestId: string;
  readonly outcomeDeadlineMs: number;
  readonly pollMs: number;
}

/** sending, unknown or lost → accepted. The caller holds both locks. */
export async function markAccepted(tx: Tx, attemptId: string, acceptance: Acceptance): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = 'accepted', request_id = ${acceptance.requestId}, accepted_at = now(), checks = 0,
      failure = NULL, slot_until = NULL, outcome_deadline_at = ${fromNow(acceptance.outcomeDeadlineMs)},
      next_check_at = ${fromNow(acceptance.pollMs)}
    WHERE id = ${attemptId} AND state IN ('sending', 'unknown', 'lost')`;
  return won === 1;
}

/** sending → refused: nothing was accepted, so the whole reservation goes back. */
export async function markRefused(tx: Tx, attempt: AttemptRow, failure: Failure): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = 'refused', failure = ${jsonText(failure)}::jsonb, finished_at = now(),
      http_status = ${failure.provider?.status ?? null}, next_check_at = NULL
    WHERE id = ${attempt.id} AND state = 'sending'`;
  if (won !== 1) return false;
  await appendLedger(tx, attempt.id, [{ kind: 'release', amountNanoUsd: attempt.reserved_nano_usd, basis: 'refused' }]);
  return true;
}

/** sending → unknown: may have been paid. The reservation stays and nothing is ever sent for it again. */
export async function markUnknown(
  tx: Tx,
  attemptId: string,
  unknown: { failure: Failure; slotMs: number; checkMs: number | null },
): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = 'unknown', failure = ${jsonText(unknown.failure)}::jsonb, checks = 0,
      slot_until = ${fromNow(unknown.slotMs)},
      next_check_at = CASE WHEN ${unknown.checkMs}::double precision IS NULL THEN NULL ELSE ${fromNow(unknown.checkMs ?? 0)} END
    WHERE id = ${attemptId} AND state = 'sending'`;
  return won === 1;
}

/** The same for a sender that is gone: only once its deadline has passed by Postgres' clock. */
export async function isSendOverdue(tx: Tx, attemptId: string, graceMs: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ overdue: boolean }[]>`
    SELECT send_deadline_at + make_interval(secs => ${graceMs / 1000}::double precision) < now() AS overdue
    FROM attempts WHERE id = ${attemptId} AND state = 'sending'`;
  return row?.overdue ?? false;
}

export interface Outcome {
  readonly state: 'succeeded' | 'failed';
  readonly httpStatus: number | null;
  readonly billableUnits: string | null;
  readonly unitsDisagree: boolean;
  readonly failure: Failure | null;
}

/** accepted → succeeded or failed, for good. The caller holds both locks. */
export async function markOutcome(tx: Tx, attemptId: string, outcome: Outcome): Promise<boolean> {
  const failure = outcome.failure === null ? null : jsonText(outcome.failure);
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = ${outcome.state}, http_status = ${outcome.httpStatus}, billable_units = ${outcome.billableUnits},
      units_disagree = ${outcome.unitsDisagree}, failure = ${failure}::jsonb, finished_at = now(), next_check_at = NULL, slot_until = NULL
    WHERE id = ${attemptId} AND state = 'accepted'`;
  return won === 1;
}

/** Sets when patrol looks at a live attempt again; `slotFreed` gives its slot to somebody else. */
export async function scheduleCheck(
  tx: Tx,
  attemptId: string,
  next: { delayMs: number | null; slotFreed?: boolean },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET checks = checks + 1,
      next_check_at = CASE WHEN ${next.delayMs}::double precision IS NULL THEN NULL ELSE ${fromNow(next.delayMs ?? 0)} END,
      slot_until = CASE WHEN ${next.slotFreed ?? false} THEN now() ELSE slot_until END
    WHERE id = ${attemptId} AND state IN ('accepted', 'unknown')`;
}

/** True for the one caller who may ask fal to cancel this request. */
export async function claimCancelAsk(db: Db, attemptId: string): Promise<boolean> {
  const won = await db.prisma.$executeRaw`
    UPDATE attempts SET cancel_asked_at = now() WHERE id = ${attemptId} AND state = 'accepted' AND cancel_asked_at IS NULL`;
  return won === 1;
}

const EVIDENCE_MAX = 20;

/** Adds what a look found to the attempt, keeping the last twenty. */
export async function addEvidence(tx: Tx, attemptId: string, look: object): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET evidence = (
      SELECT coalesce(jsonb_agg(seen ORDER BY place), '[]'::jsonb) FROM (
        SELECT seen, place
        FROM jsonb_array_elements(evidence || jsonb_build_array(${jsonText(look)}::jsonb || jsonb_build_object('at', now())))
          WITH ORDINALITY AS looks(seen, place)
        ORDER BY place DESC LIMIT ${EVIDENCE_MAX}
      ) AS last
    ) WHERE id = ${attemptId} AND state = 'unknown'`;
}

/** Those of the request ids that some attempt, or an orphan acceptance, holds already. */
export async function readBoundRequests(tx: Tx, requestIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ request_id: string }[]>`
    SELECT request_id FROM attempts WHERE request_id = ANY(${[...requestIds]}::text[])
    UNION SELECT request_id FROM orphan_acceptances WHERE request_id = ANY(${[...requestIds]}::text[])`;
  return new Set(rows.map((row) => row.request_id));
}

/** The attempt that a request of fal is bound to. */
export async function findRequestHolder(tx: Tx, requestId: string): Promise<string | null> {
  const holder = await tx.attempt.findUnique({ where: { request_id: requestId }, select: { id: true } });
  return holder?.id ?? null;
}

/** Whether an older unknown attempt sent the very same input: then a single match is that one's. */
export async function hasOlderTwin(tx: Tx, attemptId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ twin: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM attempts a JOIN jobs j ON j.id = a.job_id
      JOIN attempts older ON older.state = 'unknown' AND older.model = a.model AND older.seed = a.seed
        AND (older.sending_at, older.id) < (a.sending_at, a.id)
      JOIN jobs oj ON oj.id = older.job_id AND oj.input = j.input
      WHERE a.id = ${attemptId}
    ) AS twin`;
  return row?.twin ?? false;
}

/** fal did not hear the question: it may be asked again. */
export async function forgetCancelAsk(db: Db, attemptId: string): Promise<void> {
  await db.prisma
    .$executeRaw`UPDATE attempts SET cancel_asked_at = NULL WHERE id = ${attemptId} AND state = 'accepted'`;
}

export async function insertOrphan(
  tx: Tx,
  orphan: { requestId: string; attemptId: string; source: string },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO orphan_acceptances (request_id, attempt_id, source)
    VALUES (${orphan.requestId}, ${orphan.attemptId}, ${orphan.source}) ON CONFLICT DO NOTHING`;
}

/** Whether an attempt was sent at least so long ago, by Postgres' clock. */
export async function isSentSince(tx: Tx, attemptId: string, afterMs: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ since: boolean }[]>`
    SELECT sending_at + make_interval(secs => ${afterMs / 1000}::double precision) <= now() AS since
    FROM attempts WHERE id = ${attemptId}`;
  return row?.since ?? false;
}

/** An accepted attempt whose outcome should have been known by now. */
export async function isOutcomeOverdue(tx: Tx, attemptId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ overdue: boolean }[]>`
    SELECT outcome_deadline_at < now() AS overdue FROM attempts WHERE id = ${attemptId} AND state = 'accepted'`;
  return row?.overdue ?? false;
}

/** Shows on an active job that nobody knows yet whether fal took its attempt. */
export async function markOutcomeUnknown(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`UPDATE jobs SET status_detail = 'outcome_unknown' WHERE id = ${jobId} AND status = 'active'`;
}

export async function hasLiveAttempt(tx: Tx, jobId: string): Promise<boolean> {
  const live = await tx.attempt.count({ where: { job_id: jobId, state: { in: [...LIVE_ATTEMPT_STATES] } } });
  return live > 0;
}

/** The attempt of a job that a cancel can still do something about. */
export function findCancellableAttempt(tx: Tx, jobId: string): Promise<{ id: string; state: string } | null> {
  return tx.attempt.findFirst({
    where: { job_id: jobId, state: { in: ['reserved', 'accepted'] } },
    select: { id: true, state: true },
  });
}

export async function requestCancel(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, now()) WHERE id = ${jobId}`;
}

/** Any attempt of the job that fal may have accepted and whose end is not proven. */
export async function hasUnprovenAttempt(tx: Tx, jobId: string): Promise<boolean> {
  const open = await tx.attempt.count({
    where: { job_id: jobId, state: { in: [...LIVE_ATTEMPT_STATES, 'lost'] } },
  });
  return open > 0;
}
