/**
 * The queries of a dispatch, all run in one transaction under the account's lock, so that the sums and slots they read
 * are exact whatever the number of workers.
 */
import type { Budget } from '@reelay/core';
import type { Tx } from './client.ts';
import { fromNow } from './interval.ts';

const ACCOUNT = 'fal';
/** Longer than a frozen holder keeps its session (idle_in_transaction_session_timeout), so that waiting is never in vain. */
const LOCK_WAIT = '8s';
const FOLD_MAX = 5_000;
const WAKE_MAX = 1_000;

/** Serialises dispatch for the provider account until the transaction ends. Throws when the lock is not had in eight seconds. */
export async function lockAccount(tx: Tx): Promise<void> {
  await tx.$executeRawUnsafe(`SET LOCAL lock_timeout = '${LOCK_WAIT}'`);
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended('reelay.account.' || ${ACCOUNT}, 0))::text`;
}

/** Adds what settle and cancel have written since the last dispatch to the budget rows. */
export async function foldLedger(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    WITH due AS (
      DELETE FROM ledger_unfolded
      WHERE entry_id IN (SELECT entry_id FROM ledger_unfolded ORDER BY entry_id LIMIT ${FOLD_MAX})
      RETURNING entry_id
    ), moved AS (
      SELECT e.batch_id,
             CASE e.kind WHEN 'reserve' THEN e.amount_nano_usd WHEN 'release' THEN -e.amount_nano_usd ELSE 0 END AS reserved,
             CASE WHEN e.kind IN ('charge', 'orphan_charge', 'adjust') THEN e.amount_nano_usd ELSE 0 END AS charged
      -- OFFSET 0 keeps the look-up by id: a planner that expects many entries would read the whole ledger instead.
      FROM due CROSS JOIN LATERAL (SELECT * FROM ledger_entries WHERE id = due.entry_id OFFSET 0) e
    ), sums AS (
      SELECT scope, sum(reserved)::bigint AS reserved, sum(charged)::bigint AS charged
      FROM (
        SELECT 'deployment' AS scope, reserved, charged FROM moved
        UNION ALL
        SELECT 'batch:' || batch_id, reserved, charged FROM moved WHERE batch_id IS NOT NULL
      ) AS per_scope
      GROUP BY scope
    )
    UPDATE budgets
    SET reserved_nano_usd = budgets.reserved_nano_usd + sums.reserved,
        charged_nano_usd = budgets.charged_nano_usd + sums.charged
    FROM sums WHERE budgets.scope = sums.scope`;
}

export interface AccountRow {
  readonly in_flight_max: number;
  readonly stopped: boolean;
  readonly embargoed: boolean;
  readonly observing: boolean;
  /** The account's balance does not cover what would follow. */
  readonly balance_low: boolean;
  readonly refusals_in_row: number;
}

export async function readAccount(tx: Tx): Promise<AccountRow> {
  const [row] = await tx.$queryRaw<AccountRow[]>`
    SELECT in_flight_max, stopped_at IS NOT NULL AS stopped,
           coalesce(embargo_until > now(), false) AS embargoed,
           observe_since IS NOT NULL AS observing, balance_low_since IS NOT NULL AS balance_low, refusals_in_row
    FROM provider_accounts WHERE id = ${ACCOUNT}`;
  if (!row) throw new Error('the provider account row is missing; run the migrations');
  return row;
}

export interface LaneSlots {
  readonly lane_id: string;
  readonly held: number;
  /** Of those held: not known to have reached fal yet. */
  readonly unsent: number;
  readonly unknown: number;
}

/** Slots held per lane: by what is reserved, sending or accepted, and by what is unknown and may still run. */
export function countSlots(tx: Tx): Promise<LaneSlots[]> {
  return tx.$queryRaw<LaneSlots[]>`
    SELECT lane_id, (count(*) FILTER (WHERE state <> 'unknown'))::int AS held,
           (count(*) FILTER (WHERE state IN ('reserved', 'sending')))::int AS unsent,
           (count(*) FILTER (WHERE state = 'unknown'))::int AS unknown
    FROM attempts
    WHERE state IN ('reserved', 'sending', 'accepted', 'unknown') AND (slot_until IS NULL OR slot_until > now())
    GROUP BY lane_id`;
}

/** Puts jobs whose backoff has ended back in line. */
export async function wakeBackoffs(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    UPDATE jobs SET not_before = NULL
    WHERE id IN (
      SELECT id FROM jobs WHERE status = 'queued' AND not_before <= now()
      ORDER BY not_before LIMIT ${WAKE_MAX} FOR UPDATE SKIP LOCKED
    )`;
}

export interface LaneRow {
  readonly id: string;
  readonly batch_id: string | null;
  readonly weight: number;
  readonly served_at: Date;
  readonly backlog: number;
  readonly budget_paused: boolean;
}

/**
 * Lanes with jobs ready to go, their backlog counted no further than `slots`. A pause closes a lane, except `budget`:
 * only dispatch can tell whether the money is there again. Until its pilot is released, a batch has only the pilot's lane.
 */
export function openLanes(tx: Tx, slots: number): Promise<LaneRow[]> {
  return tx.$queryRaw<LaneRow[]>`
    SELECT lane.id, lane.batch_id, lane.weight, lane.served_at, ready.backlog,
           EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = lane.batch_id AND p.reason = 'budget') AS budget_paused
    FROM (
      SELECT l.id, l.batch_id, l.weight, l.served_at FROM batches b JOIN lanes l ON l.batch_id = b.id
      WHERE b.state = 'in_progress' AND (b.pilot_rows IS NULL OR b.pilot_released_at IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = b.id AND p.reason <> 'budget')
      UNION ALL
      SELECT pilot.id, b.id, l.weight, pilot.served_at
      FROM lanes pilot JOIN batches b ON b.id = pilot.pilot_of JOIN lanes l ON l.batch_id = b.id
      WHERE b.state = 'in_progress'
        AND NOT EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = b.id AND p.reason <> 'budget')
      UNION ALL
      SELECT l.id, l.batch_id, l.weight, l.served_at FROM lanes l WHERE l.batch_id IS NULL AND l.pilot_of IS NULL
    ) AS lane
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS backlog FROM (
        SELECT 1 FROM jobs WHERE jobs.lane_id = lane.id AND status = 'queued' AND not_before IS NULL LIMIT ${slots}
      ) AS head
    ) AS ready
    WHERE ready.backlog > 0`;
}

export interface JobHead {
  readonly id: string;
  readonly lane_id: string;
  readonly batch_id: string | null;
  readonly project_id: string;
  readonly model: string;
  readonly run: number;
  readonly attempts: number;
  readonly user_seed: bigint | null;
  readonly estimated_nano_usd: bigint;
  readonly price_version: string;
}

/** Locks the first `count` ready jobs of each lane after `skip`: higher priority first, then row order. */
export function takeHeads(tx: Tx, wanted: ReadonlyMap<string, { count: number; skip: number }>): Promise<JobHead[]> {
  const lanes = [...wanted.keys()];
  const counts = [...wanted.values()].map(({ count }) => count);
  const skips = [...wanted.values()].map(({ skip }) => skip);
  return tx.$queryRaw<JobHead[]>`
    SELECT job.* FROM unnest(${lanes}::text[], ${counts}::int[], ${skips}::int[]) AS want(lane_id, count, skip)
    CROSS JOIN LATERAL (
      SELECT id, lane_id, batch_id, project_id, model, run, attempts, (input->>'seed')::bigint AS user_seed,
             estimated_nano_usd, price_version
      FROM jobs WHERE jobs.lane_id = want.lane_id AND status = 'queued' AND not_before IS NULL
      ORDER BY priority DESC, row_no, id LIMIT want.count OFFSET want.skip FOR UPDATE SKIP LOCKED
    ) AS job`;
}

export async function readBudgets(tx: Tx, scopes: readonly string[]): Promise<Budget[]> {
  const rows = await tx.budget.findMany({ where: { scope: { in: [...scopes] } } });
  return rows.map((row) => ({
    scope: row.scope,
    limitNanoUsd: row.limit_nano_usd,
    reservedNanoUsd: row.reserved_nano_usd,
    chargedNanoUsd: row.charged_nano_usd,
  }));
}

export interface NewAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly n: number;
  readonly seed: bigint;
}

/** Claims the jobs, writes their attempts and the ledger's reservations. The caller holds the jobs' row locks. */
export async function insertReservations(tx: Tx, attempts: readonly NewAttempt[], redriveMs: number): Promise<void> {
  const ids = attempts.map(({ id }) => id);
  const inserted = await tx.$executeRaw`
    INSERT INTO attempts (id, job_id, project_id, batch_id, lane_id, run, n, model, seed, reserved_nano_usd, price_version, api_key_id, next_check_at)
    SELECT a.id, j.id, j.project_id, j.batch_id, j.lane_id, j.run, a.n, j.model, a.seed, j.estimated_nano_usd, j.price_version, j.api_key_id, ${fromNow(redriveMs)}
    FROM unnest(${ids}::text[], ${attempts.map(({ jobId }) => jobId)}::text[], ${attempts.map(({ n }) => n)}::int[], ${attempts.map(({ seed }) => seed)}::bigint[]) AS a(id, job_id, n, seed)
    JOIN jobs j ON j.id = a.job_id AND j.status = 'queued'`;
  if (inserted !== attempts.length) throw new Error('a job left the queue while dispatch held its lock');
  await tx.$executeRaw`
    UPDATE jobs SET status = 'active', status_detail = NULL, attempts = a.n, started_at = coalesce(started_at, now())
    FROM attempts a WHERE a.id = ANY(${ids}::text[]) AND jobs.id = a.job_id`;
  await tx.$executeRaw`
    INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis)
    SELECT project_id, batch_id, job_id, id, 'reserve', reserved_nano_usd, 'price_rule'
    FROM attempts WHERE id = ANY(${ids}::text[]) ORDER BY id`;
}

/**
 * Adds reservations to their budgets, each only if it still fits. Under the account's lock it always does; the condition
 * is there so that a mistake in the rule above cannot spend money.
 */
export async function reserveBudgets(tx: Tx, amounts: ReadonlyMap<string, bigint>): Promise<void> {
  for (const [scope, amount] of amounts) {
    const won = await tx.$executeRaw`
      UPDATE budgets SET reserved_nano_usd = reserved_nano_usd + ${amount}::bigint
      WHERE scope = ${scope}
        AND (limit_nano_usd IS NULL OR reserved_nano_usd + charged_nano_usd + ${amount}::bigint <= limit_nano_usd)`;
    if (won !== 1) throw new Error(`budget ${scope} has no room for a reservation that was planned to fit`);
  }
}

export async function markServed(tx: Tx, laneIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`UPDATE lanes SET served_at = clock_timestamp() WHERE id = ANY(${[...laneIds]}::text[])`;
}

export async function setBudgetPauses(tx: Tx, batchIds: readonly string[]): Promise<void> {
  if (batchIds.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO batch_pauses (batch_id, reason) SELECT id, 'budget' FROM unnest(${[...batchIds]}::text[]) AS id
    ON CONFLICT DO NOTHING`;
}

/** Lifts the pauses of these batches, and of those that have nothing left to wait with. */
export async function clearBudgetPauses(tx: Tx, batchIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM batch_pauses p WHERE p.reason = 'budget' AND (
      p.batch_id = ANY(${[...batchIds]}::text[])
      OR NOT EXISTS (SELECT 1 FROM jobs j WHERE j.batch_id = p.batch_id AND j.status = 'queued')
    )`;
}
