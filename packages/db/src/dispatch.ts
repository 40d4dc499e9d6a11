/**
 * The queries of a dispatch, all run in one transaction under the account's lock, so that the sums and slots they read
 * are exact whatever the number of workers.
 */
import type { BudgetPeriod } from '@reelay/core';
import { jobSpent } from './attempts/job-spent.ts';
import { momentSql } from './budgets/windows.ts';
import type { Tx } from './client.ts';
import { Prisma } from './generated/client.ts';
import { fromNow } from './interval.ts';

const ACCOUNT = 'fal';
/** Longer than a frozen holder keeps its session (idle_in_transaction_session_timeout), so that waiting is never in vain. */
const LOCK_WAIT = '8s';
const WAKE_MAX = 1_000;

/** Serialises dispatch for the provider account until the transaction ends. Throws when the lock is not had in eight seconds. */
export async function lockAccount(tx: Tx): Promise<void> {
  await tx.$executeRawUnsafe(`SET LOCAL lock_timeout = '${LOCK_WAIT}'`);
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended('reelay.account.' || ${ACCOUNT}, 0))::text`;
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
  readonly project_id: string;
  readonly budget_paused: boolean;
  /** The budget that its next job did not fit when it was looked at last. */
  readonly budget_scope: string | null;
  readonly budget_period: BudgetPeriod | null;
  readonly budget_needed_nano_usd: bigint | null;
}

/**
 * Lanes with jobs ready to go, their backlog counted no further than `slots`. A pause closes a lane, except `budget`:
 * only dispatch can tell whether the money is there again. Until its pilot is released, a batch has only the pilot's lane.
 */
export function openLanes(tx: Tx, slots: number): Promise<LaneRow[]> {
  return tx.$queryRaw<LaneRow[]>`
    SELECT lane.id, lane.of_batch AS batch_id, lane.project_id, lane.share AS weight, lane.served_at, ready.backlog,
           lane.budget_scope, lane.budget_period, lane.budget_needed_nano_usd,
           EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = lane.of_batch AND p.reason = 'budget') AS budget_paused
    FROM (
      SELECT l.*, l.batch_id AS of_batch, l.weight AS share FROM batches b JOIN lanes l ON l.batch_id = b.id
      WHERE b.state = 'in_progress' AND (b.pilot_rows IS NULL OR b.pilot_released_at IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = b.id AND p.reason <> 'budget')
      UNION ALL
      SELECT pilot.*, b.id, l.weight
      FROM lanes pilot JOIN batches b ON b.id = pilot.pilot_of JOIN lanes l ON l.batch_id = b.id
      WHERE b.state = 'in_progress'
        AND NOT EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = b.id AND p.reason <> 'budget')
      UNION ALL
      SELECT l.*, NULL, l.weight FROM lanes l WHERE l.batch_id IS NULL AND l.pilot_of IS NULL
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
  readonly api_key_id: string | null;
  readonly model: string;
  readonly run: number;
  readonly attempts: number;
  readonly user_seed: bigint | null;
  readonly estimated_nano_usd: bigint;
  readonly price_version: string;
  readonly max_cost_nano_usd: bigint | null;
  /** What its attempts hold and cost so far; null without a max_cost. */
  readonly spent_nano_usd: bigint | null;
}

/**
 * Locks the first ready jobs of each lane, as many as wanted: higher priority first, then row order. Those seen before are
 * left out by their ids, because rows that others held then, and were passed over, may be free now.
 */
export function takeHeads(tx: Tx, wanted: ReadonlyMap<string, number>, seen: readonly string[]): Promise<JobHead[]> {
  const lanes = [...wanted.keys()];
  const counts = [...wanted.values()];
  return tx.$queryRaw<JobHead[]>`
    SELECT job.* FROM unnest(${lanes}::text[], ${counts}::int[]) AS want(lane_id, count)
    CROSS JOIN LATERAL (
      SELECT id, lane_id, batch_id, project_id, api_key_id, model, run, attempts, (input->>'seed')::bigint AS user_seed,
             estimated_nano_usd, price_version, max_cost_nano_usd,
             CASE WHEN max_cost_nano_usd IS NOT NULL THEN ${jobSpent(Prisma.sql`jobs.id`)} END AS spent_nano_usd
      FROM jobs WHERE jobs.lane_id = want.lane_id AND status = 'queued' AND not_before IS NULL
        AND id <> ALL(${[...seen]}::text[])
      ORDER BY priority DESC, row_no, id LIMIT want.count FOR UPDATE SKIP LOCKED
    ) AS job`;
}

export interface NewAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly n: number;
  readonly seed: bigint;
}

export interface ReservationTimes {
  /** Decides in which windows the attempts count, for good. */
  readonly at: Date;
  readonly redriveMs: number;
}

/** Claims the jobs, writes their attempts and the ledger's reservations. The caller holds the jobs' row locks. */
export async function insertReservations(
  tx: Tx,
  attempts: readonly NewAttempt[],
  { at, redriveMs }: ReservationTimes,
): Promise<void> {
  const ids = attempts.map(({ id }) => id);
  const inserted = await tx.$executeRaw`
    INSERT INTO attempts (id, job_id, project_id, batch_id, lane_id, run, n, model, seed, reserved_nano_usd, price_version, api_key_id, reserved_at, next_check_at)
    SELECT a.id, j.id, j.project_id, j.batch_id, j.lane_id, j.run, a.n, j.model, a.seed, j.estimated_nano_usd, j.price_version, j.api_key_id, ${momentSql(at)}, ${fromNow(redriveMs)}
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

export async function markServed(tx: Tx, laneIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`UPDATE lanes SET served_at = clock_timestamp() WHERE id = ANY(${[...laneIds]}::text[])`;
}
