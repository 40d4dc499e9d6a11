/** What is known of fal's bill for each request, and when it is asked for again. Bills are opened by the database. */
import type { DifferenceReason } from '@reelay/core';
import type { Tx } from '../client.ts';
import type { Bill } from '../generated/client.ts';
import { fromNow } from '../interval.ts';
import { limitStep } from '../patrol.ts';

export type BillRow = Bill;

export interface DueBill {
  readonly id: bigint;
  readonly attempt_id: string;
  readonly request_id: string | null;
  readonly looks: number;
  /** The window in which fal may still bill it has passed. */
  readonly over: boolean;
}

export interface BillTimes {
  readonly limit: number;
  /** A bill that was opened just now is left to the sweep for so long. */
  readonly firstMs: number;
  readonly windowMs: number;
  /** Should whatever is done for it now be lost, it comes due again after this. */
  readonly againMs: number;
}

/** Claims bills that are not known and whose look is due, by pushing the look to `againMs` from now. */
export async function claimDueBills(tx: Tx, times: BillTimes): Promise<DueBill[]> {
  await limitStep(tx);
  return tx.$queryRaw<DueBill[]>`
    WITH claimed AS (
      UPDATE bills SET next_look_at = ${fromNow(times.againMs)}
      WHERE id IN (
        SELECT id FROM bills
        WHERE next_look_at <= now() AND (looks > 0 OR next_look_at <= ${fromNow(-times.firstMs)} OR opened_at <= ${fromNow(-times.windowMs)})
        ORDER BY next_look_at LIMIT ${times.limit} FOR NO KEY UPDATE SKIP LOCKED
      )
      RETURNING id, attempt_id, request_id, looks, opened_at <= ${fromNow(-times.windowMs)} AS over
    )
    SELECT * FROM claimed ORDER BY id`;
}

/** Looked for and not found: again after `delayMs`, and once when the window ends. */
export async function postponeBill(tx: Tx, billId: bigint, delayMs: number, windowMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE bills SET looks = looks + 1,
      next_look_at = CASE WHEN opened_at + make_interval(secs => ${windowMs / 1000}::double precision) > now()
        THEN least(${fromNow(delayMs)}, opened_at + make_interval(secs => ${windowMs / 1000}::double precision))
        ELSE ${fromNow(delayMs)} END
    WHERE id = ${billId} AND closed_at IS NULL`;
}

/** The bill of a request, locked after job and attempt; null where none was opened. */
export async function lockBill(
  tx: Tx,
  of: { readonly attemptId: string; readonly requestId: string },
): Promise<BillRow | null> {
  const rows = await tx.$queryRaw<BillRow[]>`
    SELECT * FROM bills WHERE request_id = ${of.requestId} AND attempt_id = ${of.attemptId} FOR NO KEY UPDATE`;
  return rows[0] ?? null;
}

/** A bill that is not known yet, locked after job and attempt. */
export async function lockOpenBill(tx: Tx, billId: bigint): Promise<BillRow | null> {
  const rows = await tx.$queryRaw<BillRow[]>`
    SELECT * FROM bills WHERE id = ${billId} AND closed_at IS NULL FOR NO KEY UPDATE`;
  return rows[0] ?? null;
}

/** Adds an event to its bill, which is known from then on. */
export async function addToBill(
  tx: Tx,
  billId: bigint,
  { costNanoUsd, reason }: { readonly costNanoUsd: bigint; readonly reason: DifferenceReason | null },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE bills SET events = events + 1, billed_nano_usd = coalesce(billed_nano_usd, 0) + ${costNanoUsd}::bigint,
      reason = ${reason}, next_look_at = NULL, closed_at = coalesce(closed_at, now())
    WHERE id = ${billId}`;
}

/** The window has passed without an event. A bill of nothing is known to be nothing; any other stays unknown. */
export async function closeWithoutEvent(
  tx: Tx,
  billId: bigint,
  { billedNanoUsd, reason }: { readonly billedNanoUsd: 0n | null; readonly reason: 'no_event' | null },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE bills SET billed_nano_usd = ${billedNanoUsd}::bigint, reason = ${reason}, next_look_at = NULL, closed_at = now()
    WHERE id = ${billId} AND closed_at IS NULL`;
}
