/** The provider account's balance: what it must cover, and whether it does. */
import { BALANCE_SCOPE } from '@reelay/core';
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';

export interface UnderWay {
  /** Whatever is reserved later has this time or a later one. */
  readonly at: Date;
  readonly under_way_nano_usd: bigint;
}

/** What the balance that is read next does not contain yet. The caller holds the account's lock: nothing is being reserved. */
export async function readUnderWay(tx: Tx): Promise<UnderWay> {
  const [row] = await tx.$queryRaw<UnderWay[]>`
    SELECT date_trunc('milliseconds', clock_timestamp()) AS at, coalesce(sum(reserved_nano_usd), 0)::bigint AS under_way_nano_usd
    FROM attempts
    WHERE state IN ('reserved', 'sending', 'accepted', 'unknown') AND (slot_until IS NULL OR slot_until > now())`;
  if (!row) throw new Error('the database does not tell the time');
  return row;
}

/** What is left of the balance for new reservations; null when nobody knows, or what is known is older than `staleMs`. */
export async function readBalanceLeft(tx: Tx, staleMs: number): Promise<bigint | null> {
  const [reading] = await tx.$queryRaw<{ at: Date; left: bigint | null }[]>`
    SELECT balance_at AS at, balance_nano_usd - balance_under_way_nano_usd AS left FROM provider_accounts
    WHERE id = 'fal' AND balance_at > ${fromNow(-staleMs)}`;
  if (!reading || reading.left === null) return null;
  const [since] = await tx.$queryRaw<{ reserved: bigint }[]>`
    SELECT coalesce(sum(reserved_nano_usd), 0)::bigint AS reserved FROM attempts
    WHERE reserved_at >= ${reading.at}::timestamptz AND state NOT IN ('refused', 'released')`;
  return reading.left - (since?.reserved ?? 0n);
}

export interface BalanceNeeds {
  /** Mean price of the jobs that are next in their lanes; null: none waits. */
  readonly mean_nano_usd: bigint | null;
  /** The least that a lane needs which waits for the balance; null: none does. */
  readonly needed_nano_usd: bigint | null;
  readonly low: boolean;
}

/** Of each lane the first jobs, and of all lanes no more than the sample: the backlog behind them is not read. */
const OF_A_LANE = 50;
const SAMPLE = 1_000;

export async function readBalanceNeeds(tx: Tx): Promise<BalanceNeeds> {
  const [row] = await tx.$queryRaw<BalanceNeeds[]>`
    SELECT balance_low_since IS NOT NULL AS low,
      (SELECT min(budget_needed_nano_usd) FROM lanes WHERE budget_scope = ${BALANCE_SCOPE}) AS needed_nano_usd,
      (SELECT round(avg(estimated_nano_usd))::bigint FROM (
        SELECT head.estimated_nano_usd
        FROM lanes l LEFT JOIN batches b ON b.id = coalesce(l.batch_id, l.pilot_of)
        CROSS JOIN LATERAL (
          SELECT estimated_nano_usd FROM jobs WHERE lane_id = l.id AND status = 'queued' AND not_before IS NULL
          ORDER BY priority DESC, row_no, id LIMIT ${OF_A_LANE}
        ) AS head
        WHERE b.id IS NULL OR b.state = 'in_progress' LIMIT ${SAMPLE}
      ) AS next) AS mean_nano_usd
    FROM provider_accounts WHERE id = 'fal'`;
  if (!row) throw new Error('the provider account row is missing; run the migrations');
  return row;
}

export interface BalanceSeen {
  readonly balanceNanoUsd: bigint;
  readonly underWay: UnderWay;
  readonly low: boolean;
  readonly rows: number | null;
}

/** An answer to a question that was asked before a later one says nothing any more. */
export async function storeBalance(tx: Tx, { balanceNanoUsd, underWay, low, rows }: BalanceSeen): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_accounts SET balance_nano_usd = ${balanceNanoUsd}::bigint, balance_at = ${underWay.at}::timestamptz,
      balance_under_way_nano_usd = ${underWay.under_way_nano_usd}::bigint, balance_unknown_since = NULL,
      balance_low_since = CASE WHEN ${low} THEN coalesce(balance_low_since, now()) END, balance_rows = ${rows}::int
    WHERE id = 'fal' AND (balance_at IS NULL OR balance_at <= ${underWay.at}::timestamptz)`;
}

/** Dispatch has seen that the balance does not cover a lane's next job, or that none waits for it any more. */
export async function setBalanceLow(tx: Tx, low: boolean): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_accounts SET balance_low_since = CASE WHEN ${low} THEN coalesce(balance_low_since, now()) END,
      balance_rows = CASE WHEN ${low} THEN 0 ELSE balance_rows END
    WHERE id = 'fal'`;
}

/**
 * The balance could not be read. What was read before holds for `staleMs`, then nothing is known and nothing is closed for
 * it. True for the first who could not.
 */
export async function noteBalanceUnknown(tx: Tx, staleMs: number): Promise<boolean> {
  const rows = await tx.$queryRaw<{ first: boolean }[]>`
    WITH before AS (SELECT balance_unknown_since FROM provider_accounts WHERE id = 'fal' FOR NO KEY UPDATE)
    UPDATE provider_accounts p SET balance_unknown_since = coalesce(p.balance_unknown_since, now()),
      balance_low_since = CASE WHEN p.balance_at > ${fromNow(-staleMs)} THEN p.balance_low_since END
    FROM before WHERE p.id = 'fal'
    RETURNING before.balance_unknown_since IS NULL AS first`;
  return rows[0]?.first ?? false;
}
