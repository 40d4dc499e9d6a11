/** The provider account's row: stop-all, the embargo and the in-flight cap. */
import type { Embargo, UnclearStanding } from '@reelay/core';
import type { Db, Tx } from './client.ts';
import { fromNow } from './interval.ts';

export async function setStopped(db: Db, stopped: boolean): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE provider_accounts SET stopped_at = CASE WHEN ${stopped} THEN coalesce(stopped_at, now()) END WHERE id = 'fal'`;
}

/** As configured; whatever start timeouts had taken from it is forgotten. */
export async function setInFlightMax(db: Db, inFlightMax: number): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE provider_accounts SET in_flight_max = ${inFlightMax}, in_flight_configured = ${inFlightMax} WHERE id = 'fal'`;
}

/** Limit of everything that this deployment may spend; null: none. */
export async function setDeploymentLimit(db: Db, limitNanoUsd: bigint | null): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE budgets SET limit_nano_usd = ${limitNanoUsd}::bigint,
      alerted_percent = least(alerted_percent, budget_alert_percent(${limitNanoUsd}::bigint, reserved_nano_usd + charged_nano_usd))
    WHERE scope = 'deployment' AND period = 'total'`;
}

export async function readRefusalsInRow(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ refusals_in_row: number }[]>`
    SELECT refusals_in_row FROM provider_accounts WHERE id = 'fal' FOR NO KEY UPDATE`;
  return row?.refusals_in_row ?? 0;
}

/** Closes dispatch until the embargo ends. A shorter one never cuts a longer one short. */
export async function setEmbargo(tx: Tx, embargo: Embargo): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_accounts
    SET embargo_until = greatest(embargo_until, ${fromNow(embargo.durationMs)}), embargo_set_at = now(),
        embargo_reason = coalesce(${embargo.pauseReason}, embargo_reason), refusals_in_row = refusals_in_row + 1,
        unclear_in_row = 0
    WHERE id = 'fal'`;
}

/**
 * fal has answered what was sent then, so it takes requests. An embargo that runs, or was set after that moment, was set by
 * a later answer and stays. Writes only when there is something to clear, so that the row does not become hot.
 */
export async function clearRefusals(db: Db, sentAt: Date): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE provider_accounts SET refusals_in_row = 0, unclear_in_row = 0, embargo_until = NULL, embargo_reason = NULL
    WHERE id = 'fal' AND (refusals_in_row > 0 OR unclear_in_row > 0 OR embargo_reason IS NOT NULL)
      AND (embargo_until IS NULL OR embargo_until <= now())
      AND (embargo_set_at IS NULL OR embargo_set_at < ${sentAt}::timestamptz)`;
}

/**
 * One more submit without a clear answer. Null when it says nothing about now: it was sent before the embargo, or fal has
 * answered one that was sent later. The account's row stays locked, so that two at once see each other's count.
 */
export async function countUnclear(tx: Tx, sentAt: Date): Promise<UnclearStanding | null> {
  const [row] = await tx.$queryRaw<UnclearStanding[]>`
    UPDATE provider_accounts SET unclear_in_row = unclear_in_row + 1
    WHERE id = 'fal' AND (embargo_set_at IS NULL OR embargo_set_at < ${sentAt}::timestamptz) AND NOT EXISTS (
      SELECT 1 FROM attempts later WHERE later.sending_at > ${sentAt}::timestamptz AND (
        later.accepted_at IS NOT NULL
        OR later.state = 'refused' AND later.failure->>'kind' IN ('submit_rejected', 'model_not_found')))
    RETURNING unclear_in_row AS "unclearInARow", refusals_in_row AS "refusalsInARow",
      refusals_in_row > 0 AND embargo_reason IS NOT NULL AS "isProbe",
      (SELECT count(*) FROM attempts WHERE state = 'sending')::int AS "underWay"`;
  return row ?? null;
}

/**
 * Three start timeouts in a row say that we ask for more slots than fal has for us: the cap is halved. What was sent before
 * that says nothing about what is left: however many wait out one shortage together, it is halved once.
 */
export async function countStartTimeout(tx: Tx, sentAt: Date | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_accounts
    SET in_flight_max = CASE WHEN start_timeouts_in_row >= 2 THEN greatest(1, in_flight_max / 2) ELSE in_flight_max END,
        in_flight_cut_at = CASE WHEN start_timeouts_in_row >= 2 THEN now() ELSE in_flight_cut_at END,
        start_timeouts_in_row = CASE WHEN start_timeouts_in_row >= 2 THEN 0 ELSE start_timeouts_in_row + 1 END,
        successes_since_raise = 0
    WHERE id = 'fal' AND (in_flight_cut_at IS NULL OR in_flight_cut_at < ${sentAt}::timestamptz)`;
}

/**
 * fal has run one. A cap that was halved grows by one slot with as many successes as it has slots. Writes only while there
 * is something to change, so that the row does not become hot.
 */
export async function countStarted(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    UPDATE provider_accounts
    SET start_timeouts_in_row = 0,
        in_flight_max = least(in_flight_configured, in_flight_max + (successes_since_raise + 1) / in_flight_max),
        successes_since_raise = (successes_since_raise + 1) % in_flight_max
    WHERE id = 'fal' AND (start_timeouts_in_row > 0 OR in_flight_max < in_flight_configured)`;
}
