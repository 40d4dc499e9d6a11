/** An attempt on its way out: claimed, given back, accepted, refused or unknown. Every change says whether it won. */
import type { Failure } from '@reelay/core';
import { type Db, inTransaction, type Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { fromNow } from '../interval.ts';
import { jsonText } from '../json-text.ts';
import { appendLedger } from '../ledger.ts';
import { requeueJob } from './job-moves.ts';
import { type AttemptRow, type JobRow, loadAttempt } from './load-attempt.ts';

export interface SendClaim {
  readonly attempt_id: string;
  readonly job_id: string;
  readonly batch_id: string | null;
  readonly model: string;
  readonly seed: bigint;
  readonly sending_at: Date;
  readonly input: Record<string, unknown>;
}

export interface Claim {
  readonly attemptId: string;
  readonly owner: string;
  readonly deadlineMs: number;
  readonly checkMs: number;
  readonly expectsWebhook: boolean;
}

/**
 * reserved → sending, the moment before money can move. Wins only while nothing forbids it: stop-all, observing, an embargo, a pause
 * of the batch (`budget` excepted: this attempt's money is reserved already), a cancelled job or batch, a request of fal
 * that was kept with this very attempt. While fal refuses us it wins for one attempt at a time.
 */
export async function claimForSending(db: Db, claim: Claim): Promise<SendClaim | null> {
  const won = await claimOne(db.prisma, claim, Prisma.sql`p.refusals_in_row = 0`);
  if (won || !(await isProbing(db))) return won;
  return inTransaction(db, async (tx) => {
    // Whoever claimed before has committed: its attempt is seen.
    await tx.$queryRaw`SELECT 1 FROM provider_accounts WHERE id = 'fal' FOR NO KEY UPDATE`;
    return claimOne(tx, claim, Prisma.sql`NOT (${PROBE_IS_OUT})`);
  });
}

async function claimOne(db: Db['prisma'] | Tx, claim: Claim, isTurn: Prisma.Sql): Promise<SendClaim | null> {
  const [row] = await db.$queryRaw<SendClaim[]>`
    UPDATE attempts a
    SET state = 'sending', owner = ${claim.owner}, sending_at = now(), send_deadline_at = ${fromNow(claim.deadlineMs)},
        next_check_at = ${fromNow(claim.checkMs)}, expects_webhook = ${claim.expectsWebhook}
    FROM jobs j, provider_accounts p
    WHERE a.id = ${claim.attemptId} AND a.state = 'reserved' AND j.id = a.job_id AND p.id = 'fal'
      AND p.stopped_at IS NULL AND p.observe_since IS NULL AND (p.embargo_until IS NULL OR p.embargo_until <= now())
      AND j.status = 'active' AND j.cancel_requested_at IS NULL AND ${isTurn}
      AND NOT EXISTS (SELECT 1 FROM orphan_acceptances o WHERE o.attempt_id = a.id)
      AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = a.batch_id AND b.state <> 'in_progress')
      AND NOT EXISTS (SELECT 1 FROM batch_pauses bp WHERE bp.batch_id = a.batch_id AND bp.reason <> 'budget')
    RETURNING a.id AS attempt_id, a.job_id, a.batch_id, a.model, a.seed, a.sending_at, j.input`;
  return row ?? null;
}

async function isProbing(db: Db): Promise<boolean> {
  const [row] = await db.prisma.$queryRaw<{ probing: boolean }[]>`
    SELECT refusals_in_row > 0 AND (embargo_until IS NULL OR embargo_until <= now()) AS probing
    FROM provider_accounts WHERE id = 'fal'`;
  return row?.probing ?? false;
}

/** One that was sent since the embargo and has no outcome yet. */
const PROBE_IS_OUT = Prisma.sql`EXISTS (
  SELECT 1 FROM attempts probe WHERE probe.state = 'sending' AND probe.sending_at > coalesce(p.embargo_set_at, '-infinity'))`;

/** While the account observes, a reserved attempt may have been sent before: it waits, and is not given back. */
const OBSERVING_HOLD_MS = 5_000;
/** The probe's answer decides for those that wait behind it. */
const PROBE_HOLD_MS = 500;

/** Milliseconds until the account's embargo ends, or to look again while it observes or a probe is out; 0 when it is open. */
export async function embargoLeftMs(db: Db): Promise<number> {
  const [row] = await db.prisma.$queryRaw<{ left_ms: number }[]>`
    SELECT greatest(0, extract(epoch FROM embargo_until - now()) * 1000,
      CASE WHEN observe_since IS NOT NULL THEN ${OBSERVING_HOLD_MS}::int ELSE 0 END,
      CASE WHEN refusals_in_row > 0 AND ${PROBE_IS_OUT} THEN ${PROBE_HOLD_MS}::int ELSE 0 END)::double precision AS left_ms
    FROM provider_accounts p WHERE id = 'fal'`;
  return Math.ceil(row?.left_ms ?? 0);
}

/**
 * reserved → released: the money goes back and the job returns to the queue, or is cancelled when that was asked. Null when
 * there was nothing to give back.
 */
export async function releaseAttempt(
  tx: Tx,
  attemptId: string,
): Promise<{ readonly job: JobRow; readonly cancelled: boolean } | null> {
  const loaded = await loadAttempt(tx, attemptId, 'lock');
  if (loaded?.attempt.state !== 'reserved') return null;
  await tx.$executeRaw`
    UPDATE attempts SET state = 'released', finished_at = now(), next_check_at = NULL WHERE id = ${attemptId}`;
  await appendLedger(tx, attemptId, [
    { kind: 'release', amountNanoUsd: loaded.attempt.reserved_nano_usd, basis: 'released' },
  ]);
  const cancelled = await requeueJob(tx, loaded.job, { delayMs: 0, countsAsAttempt: false });
  return { job: loaded.job, cancelled };
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
      failure = NULL, slot_until = NULL, claimed_request_id = NULL, outcome_deadline_at = ${fromNow(acceptance.outcomeDeadlineMs)},
      next_check_at = ${fromNow(acceptance.pollMs)}
    WHERE id = ${attemptId} AND state IN ('sending', 'unknown', 'lost')`;
  return won === 1;
}

/**
 * sending, or unknown meanwhile, → refused: nothing was accepted, so the whole reservation goes back. Only its own sender
 * can know that, and only while no bill was booked for it.
 */
export async function markRefused(
  tx: Tx,
  attempt: AttemptRow,
  { owner, failure }: { readonly owner: string; readonly failure: Failure },
): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = 'refused', failure = ${jsonText(failure)}::jsonb, finished_at = now(),
      http_status = ${failure.provider?.status ?? null}, next_check_at = NULL, slot_until = NULL, claimed_request_id = NULL
    WHERE id = ${attempt.id} AND state IN ('sending', 'unknown') AND owner = ${owner} AND NOT EXISTS (
      SELECT 1 FROM ledger_entries e WHERE e.attempt_id = attempts.id AND e.kind IN ('release', 'charge'))`;
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
    UPDATE attempts SET state = 'unknown', failure = ${jsonText(unknown.failure)}::jsonb, checks = 0, misreads = 0,
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
