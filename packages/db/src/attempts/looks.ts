/** Looks for an unknown attempt: which is due, what each found, and when the next is. Times are Postgres' own. */
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';

export interface LookTimes {
  /** Wall-clock milliseconds, all scaled by the policy. */
  readonly dueMs: number | null;
  readonly gapMs: number;
  readonly scheduleEndMs: number;
  readonly spentMs: number;
  readonly deadlineMs: number;
}

export interface LookState {
  /** The look has its time: so long after the send, and later ones so long after the one before. */
  readonly due: boolean;
  /** The listing was not read just before: two readings of one moment are one. */
  readonly spaced: boolean;
  readonly schedule_over: boolean;
  readonly deadline_over: boolean;
  /** Nothing of the attempt can still begin, run or be told. */
  readonly spent: boolean;
  readonly until_spent_ms: number;
}

/** Where an attempt stands on its way through the looks; null once it is not unknown any more. */
export async function readLookState(tx: Tx, attemptId: string, times: LookTimes): Promise<LookState | null> {
  const { dueMs, gapMs, scheduleEndMs, spentMs, deadlineMs } = times;
  const rows = await tx.$queryRaw<LookState[]>`
    SELECT coalesce(looked_at <= ${fromNow(-gapMs)}, true) AS spaced,
      CASE WHEN ${dueMs}::double precision IS NULL THEN coalesce(looked_at <= ${fromNow(-gapMs)}, true)
        ELSE sending_at <= ${fromNow(-(dueMs ?? 0))} END AS due,
      sending_at <= ${fromNow(-scheduleEndMs)} AS schedule_over,
      unknown_at <= ${fromNow(-deadlineMs)} AS deadline_over,
      send_deadline_at <= ${fromNow(-spentMs)} AS spent,
      greatest(0, extract(epoch FROM send_deadline_at - ${fromNow(-spentMs)}) * 1000)::double precision AS until_spent_ms
    FROM attempts WHERE id = ${attemptId} AND state = 'unknown'`;
  return rows[0] ?? null;
}

export interface LookMade {
  readonly reading: 'read' | 'not_read' | 'no_listing';
  /** A complete listing without it, read when nothing of it could still come. */
  readonly provesAbsence: boolean;
  readonly delayMs: number | null;
}

/** Counts a look and schedules the next. One that could not be made uses up no step of the schedule. */
export async function recordLook(tx: Tx, attemptId: string, look: LookMade): Promise<void> {
  const { reading, provesAbsence, delayMs } = look;
  await tx.$executeRaw`
    UPDATE attempts SET
      checks = checks + CASE WHEN ${reading} = 'not_read' THEN 0 ELSE 1 END,
      misreads = CASE WHEN ${reading} = 'not_read' THEN misreads + 1 ELSE 0 END,
      looked_at = CASE WHEN ${reading} = 'read' THEN now() ELSE looked_at END,
      empty_looks = empty_looks + CASE WHEN ${provesAbsence} THEN 1 ELSE 0 END,
      next_check_at = CASE WHEN ${delayMs}::double precision IS NULL THEN NULL ELSE ${fromNow(delayMs ?? 0)} END
    WHERE id = ${attemptId} AND state = 'unknown'`;
}
