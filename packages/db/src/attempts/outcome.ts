/** An accepted attempt until its end: when to look again, when it is overdue, and what became of it. */
import { type AttemptState, type Failure, LIVE_ATTEMPT_STATES } from '@reelay/core';
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';
import { jsonText } from '../json-text.ts';
import type { JobRow } from './load-attempt.ts';

export interface Outcome {
  readonly state: 'succeeded' | 'failed';
  readonly httpStatus: number | null;
  readonly billableUnits: string | null;
  readonly unitsDisagree: boolean;
  /** What a unit was charged at. */
  readonly unitPriceNanoUsd: bigint;
  readonly failure: Failure | null;
}

/** accepted → succeeded or failed, for good. The caller holds both locks. */
export async function markOutcome(tx: Tx, attemptId: string, outcome: Outcome): Promise<boolean> {
  const failure = outcome.failure === null ? null : jsonText(outcome.failure);
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = ${outcome.state}, http_status = ${outcome.httpStatus}, billable_units = ${outcome.billableUnits},
      units_disagree = ${outcome.unitsDisagree}, unit_price_nano_usd = ${outcome.unitPriceNanoUsd}::bigint, failure = ${failure}::jsonb, finished_at = now(), next_check_at = NULL, slot_until = NULL
    WHERE id = ${attemptId} AND state = 'accepted'`;
  return won === 1;
}

/** An error at the result that nobody confirmed; null: the look saw something else. */
export type Unconfirmed = { readonly calledOk: boolean } | null;

/** Sets when patrol looks at a live attempt again; `slotFreed` gives its slot to somebody else. */
export async function scheduleCheck(
  tx: Tx,
  attemptId: string,
  next: { delayMs: number | null; slotFreed?: boolean; unconfirmed?: Unconfirmed },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET checks = checks + 1,
      unconfirmed = CASE WHEN ${next.unconfirmed != null} THEN unconfirmed + 1 ELSE 0 END,
      called_ok = called_ok OR ${next.unconfirmed?.calledOk ?? false},
      next_check_at = CASE WHEN ${next.delayMs}::double precision IS NULL THEN NULL ELSE ${fromNow(next.delayMs ?? 0)} END,
      slot_until = CASE WHEN ${next.slotFreed ?? false} THEN now() ELSE slot_until END
    WHERE id = ${attemptId} AND state IN ('accepted', 'unknown')`;
}

/** An accepted attempt whose outcome should have been known by now. */
export async function isOutcomeOverdue(tx: Tx, attemptId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ overdue: boolean }[]>`
    SELECT outcome_deadline_at < now() AS overdue FROM attempts WHERE id = ${attemptId} AND state = 'accepted'`;
  return row?.overdue ?? false;
}

/** A job has one at most. */
export function findLiveAttempt(tx: Tx, jobId: string): Promise<{ id: string; state: string } | null> {
  return tx.attempt.findFirst({
    where: { job_id: jobId, state: { in: [...LIVE_ATTEMPT_STATES] } },
    select: { id: true, state: true },
  });
}

export async function hasLiveAttempt(tx: Tx, jobId: string): Promise<boolean> {
  return (await findLiveAttempt(tx, jobId)) !== null;
}

/**
 * States in which another run would, or could, be paid beside this one. A success counts too: of a job that was given up
 * before late evidence came, it is paid for and unused.
 */
export const UNPROVEN_STATES: readonly AttemptState[] = [...LIVE_ATTEMPT_STATES, 'lost', 'succeeded'];

/** Any attempt of the job that fal may have accepted and that is not proven to have failed. */
export async function hasUnprovenAttempt(tx: Tx, jobId: string): Promise<boolean> {
  const open = await tx.attempt.count({ where: { job_id: jobId, state: { in: [...UNPROVEN_STATES] } } });
  return open > 0;
}

/** How many other attempts of the job's present run ended in one of these ways. */
export async function countFailedAs(
  tx: Tx,
  { job, kinds, except }: { readonly job: JobRow; readonly kinds: readonly string[]; readonly except: string },
): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM attempts
    WHERE job_id = ${job.id} AND run = ${job.run} AND id <> ${except} AND failure->>'kind' = ANY(${[...kinds]}::text[])`;
  return row?.count ?? 0;
}
