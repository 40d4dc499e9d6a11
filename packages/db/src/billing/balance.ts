/** The provider account's balance: what it must cover, and whether it does. */
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';

export interface BalanceNeeds {
  readonly under_way_nano_usd: bigint;
  readonly in_flight_max: number;
  /** Jobs of batches in progress and single jobs that wait; counted as far as the slots reach, at least. */
  readonly waiting: number;
  readonly mean_nano_usd: bigint | null;
  readonly low: boolean;
}

/** The mean is taken over so many of the jobs that wait, or as many as there are slots: over all of them it would read the whole backlog each time. */
const SAMPLE = 1_000;

export async function readBalanceNeeds(tx: Tx): Promise<BalanceNeeds> {
  const [row] = await tx.$queryRaw<BalanceNeeds[]>`
    SELECT in_flight_max, balance_low_since IS NOT NULL AS low, waiting.count AS waiting, waiting.mean AS mean_nano_usd,
      (SELECT coalesce(sum(reserved_nano_usd), 0) FROM attempts
        WHERE state IN ('reserved', 'sending', 'accepted', 'unknown') AND (slot_until IS NULL OR slot_until > now()))::bigint AS under_way_nano_usd
    FROM provider_accounts CROSS JOIN LATERAL (
      SELECT count(*)::int AS count, round(avg(estimated_nano_usd))::bigint AS mean FROM (
        SELECT estimated_nano_usd FROM jobs j
        WHERE status = 'queued'
          AND (batch_id IS NULL OR EXISTS (SELECT 1 FROM batches b WHERE b.id = j.batch_id AND b.state = 'in_progress'))
        LIMIT greatest(${SAMPLE}::int, in_flight_max)
      ) AS sampled
    ) AS waiting
    WHERE provider_accounts.id = 'fal'`;
  if (!row) throw new Error('the provider account row is missing; run the migrations');
  return row;
}

export interface BalanceSeen {
  readonly balanceNanoUsd: bigint;
  readonly low: boolean;
  readonly rows: number | null;
}

export async function storeBalance(tx: Tx, { balanceNanoUsd, low, rows }: BalanceSeen): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_accounts SET balance_nano_usd = ${balanceNanoUsd}::bigint, balance_at = now(), balance_unknown_since = NULL,
      balance_low_since = CASE WHEN ${low} THEN coalesce(balance_low_since, now()) END, balance_rows = ${rows}::int
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
