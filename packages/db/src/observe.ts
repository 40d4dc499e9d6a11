/**
 * Observing, for use after the database was restored from a backup: what fal took since then is found in fal's own lists
 * and put back, and until that is done dispatch and send are closed.
 */
import type { JobRow } from './attempts/load-attempt.ts';
import type { Db, Tx } from './client.ts';

/**
 * Begins to observe from the last trace of an attempt that this database holds. One that observes already goes on where
 * it is: what it has put back must not move its beginning.
 */
export async function beginObserving(db: Db): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE provider_accounts SET observe_since = now(), observe_quiet_since = NULL,
      observe_from = coalesce(
        (SELECT max(greatest(reserved_at, sending_at, accepted_at)) FROM attempts),
        (SELECT min(created_at) FROM jobs),
        now())
    WHERE id = 'fal' AND observe_since IS NULL`;
}

/** From when on fal's lists are compared, or null when this account does not observe. */
export async function readObservedFrom(tx: Tx): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ observe_from: Date }[]>`
    SELECT observe_from FROM provider_accounts WHERE id = 'fal' AND observe_since IS NOT NULL`;
  return row?.observe_from ?? null;
}

/**
 * Notes whether a look at fal's lists found everything known. Observing ends when all looks for `quietMs` did; true when
 * this one ended it.
 */
export async function noteObservation(db: Db, quiet: boolean, quietMs: number): Promise<boolean> {
  const rows = await db.prisma.$queryRaw<{ ended: boolean }[]>`
    UPDATE provider_accounts SET
      observe_quiet_since = CASE WHEN ${quiet} THEN coalesce(observe_quiet_since, now()) END,
      observe_since = CASE
        WHEN ${quiet} AND observe_quiet_since + make_interval(secs => ${quietMs / 1000}::double precision) <= now() THEN NULL
        ELSE observe_since END
    WHERE id = 'fal' AND observe_since IS NOT NULL
    RETURNING observe_since IS NULL AS ended`;
  return rows[0]?.ended ?? false;
}

/** Ends observing by a person's word. */
export async function endObserving(db: Db): Promise<void> {
  await db.prisma.$executeRaw`UPDATE provider_accounts SET observe_since = NULL WHERE id = 'fal'`;
}

export interface RememberedJob {
  /** Which of the inputs asked for. */
  readonly place: number;
  readonly id: string;
  readonly attempts: number;
  readonly user_seed: bigint | null;
}

/** Jobs whose input, whatever its seed, is one of these; oldest first. */
export function findJobsByInput(tx: Tx, model: string, inputs: readonly unknown[]): Promise<RememberedJob[]> {
  return tx.$queryRaw<RememberedJob[]>`
    SELECT (asked.place - 1)::int AS place, j.id, j.attempts, (j.input->>'seed')::bigint AS user_seed
    FROM jsonb_array_elements(${JSON.stringify(inputs)}::jsonb) WITH ORDINALITY AS asked(input, place)
    JOIN jobs j ON j.model = ${model} AND (j.input - 'seed') = (asked.input - 'seed')
    ORDER BY asked.place, j.created_at, j.id`;
}

/** The job's attempt of that number, or its last one that nobody has bound to a request yet. */
export async function findRememberedAttempt(tx: Tx, jobId: string, n: number | null): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM attempts WHERE job_id = ${jobId}
      AND (n = ${n}::int OR (${n}::int IS NULL AND request_id IS NULL AND state IN ('reserved', 'sending', 'unknown', 'lost')))
    ORDER BY n LIMIT 1`;
  return row?.id ?? null;
}

/** reserved → sending for an attempt that was sent after the backup was made. */
export async function markSentBefore(tx: Tx, attemptId: string, owner: string): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = 'sending', owner = ${owner}, sending_at = now(), send_deadline_at = now()
    WHERE id = ${attemptId} AND state = 'reserved'`;
  return won === 1;
}

/**
 * Requests of fal that no attempt stands for and whose end is not known, of jobs that have something to send: until each
 * has ended, it may be the very run that would be bought.
 */
export async function countOrphansBesideReserved(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ open: number }[]>`
    SELECT count(*)::int AS open FROM orphan_acceptances o JOIN attempts a ON a.id = o.attempt_id
    WHERE o.state = 'open'
      AND EXISTS (SELECT 1 FROM attempts r WHERE r.job_id = a.job_id AND r.state = 'reserved')`;
  return row?.open ?? 0;
}

export interface ForgottenAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly n: number;
  readonly seed: bigint;
}

/**
 * Writes an attempt again that this database has forgotten, with its reservation. The money is spent already, so no limit
 * is asked: what goes above one is shown and closes dispatch, which folds it before it reserves anything. The caller holds
 * the account's lock and the job's.
 */
export async function insertForgottenAttempt(tx: Tx, attempt: ForgottenAttempt): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO attempts (id, job_id, project_id, batch_id, lane_id, run, n, model, seed, reserved_nano_usd, price_version, api_key_id)
    SELECT ${attempt.id}, id, project_id, batch_id, lane_id, run, ${attempt.n}::int, model, ${attempt.seed}::bigint,
      estimated_nano_usd, price_version, api_key_id
    FROM jobs WHERE id = ${attempt.jobId}`;
  await tx.$executeRaw`
    UPDATE jobs SET attempts = greatest(attempts, ${attempt.n}::int), started_at = coalesce(started_at, now())
    WHERE id = ${attempt.jobId}`;
  await tx.$executeRaw`
    WITH entry AS (
      INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis)
      SELECT project_id, batch_id, job_id, id, 'reserve', reserved_nano_usd, 'price_rule' FROM attempts WHERE id = ${attempt.id}
      RETURNING id
    )
    INSERT INTO ledger_unfolded (entry_id) SELECT id FROM entry`;
}

export async function lockJobById(tx: Tx, jobId: string): Promise<JobRow | null> {
  await tx.$queryRaw`SELECT 1 FROM jobs WHERE id = ${jobId} FOR NO KEY UPDATE`;
  return (await tx.job.findUnique({ where: { id: jobId } })) as JobRow | null;
}
