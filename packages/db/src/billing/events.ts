/**
 * Events of fal's bill. They are stored as they are read and booked one by one afterwards: an event may come before its
 * attempt is settled, or before anybody knows whose request it is, and must not be lost meanwhile.
 */
import type { Db, Tx } from '../client.ts';
import type { BillingEvent } from '../generated/client.ts';
import { fromNow } from '../interval.ts';

export type BillingEventRow = BillingEvent;

export interface NewBillingEvent {
  readonly digest: string;
  readonly requestId: string;
  readonly endpointId: string;
  readonly occurredAtMs: number;
  readonly outputUnits: string | null;
  readonly unitPrice: string | null;
  readonly percentDiscount: string | null;
  readonly costNanoUsd: bigint;
}

/** Stores events, each once however often it is read. How many were new. */
export function storeBillingEvents(tx: Tx, events: readonly NewBillingEvent[]): Promise<number> {
  const column = <Value>(of: (event: NewBillingEvent) => Value) => events.map(of);
  return tx.$executeRaw`
    INSERT INTO billing_events (digest, request_id, endpoint_id, occurred_at, output_units, unit_price, percent_discount, cost_nano_usd)
    SELECT digest, request_id, endpoint_id, to_timestamp(at / 1000), units, price, discount, cost
    FROM unnest(${column(({ digest }) => digest)}::text[], ${column(({ requestId }) => requestId)}::text[],
      ${column(({ endpointId }) => endpointId)}::text[], ${column(({ occurredAtMs }) => occurredAtMs)}::double precision[],
      ${column(({ outputUnits }) => outputUnits)}::text[], ${column(({ unitPrice }) => unitPrice)}::text[],
      ${column(({ percentDiscount }) => percentDiscount)}::text[], ${column(({ costNanoUsd }) => costNanoUsd)}::bigint[])
      AS e(digest, request_id, endpoint_id, at, units, price, discount, cost)
    -- In one order, so that two readers of the same bill do not wait for each other in a circle.
    ORDER BY digest
    ON CONFLICT DO NOTHING`;
}

/** Unbooked events whose turn it is, a page of them after `after`. */
export async function dueBillingEvents(db: Db, after: string, limit: number): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ digest: string }[]>`
    SELECT digest FROM billing_events WHERE booked_at IS NULL AND next_try_at <= now() AND digest > ${after}
    ORDER BY digest LIMIT ${limit}`;
  return rows.map(({ digest }) => digest);
}

export function findBillingEvent(tx: Tx, digest: string): Promise<BillingEventRow | null> {
  return tx.billingEvent.findUnique({ where: { digest } });
}

/** Locks an event that nobody has booked yet. Taken after the locks of job and attempt. */
export async function lockUnbooked(tx: Tx, digest: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM billing_events WHERE digest = ${digest} AND booked_at IS NULL FOR NO KEY UPDATE`;
  return rows.length === 1;
}

export async function markBooked(
  tx: Tx,
  digest: string,
  { attemptId, orphan }: { readonly attemptId: string; readonly orphan: boolean },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE billing_events SET booked_at = now(), next_try_at = NULL, attempt_id = ${attemptId}, orphan = ${orphan}
    WHERE digest = ${digest}`;
}

/** It cannot be booked yet: tried again after `delayMs`. */
export async function postponeBooking(tx: Tx, digest: string, delayMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE billing_events SET tries = tries + 1, next_try_at = ${fromNow(delayMs)}
    WHERE digest = ${digest} AND booked_at IS NULL`;
}

/** Whether it was read so long ago, by Postgres' clock. */
export async function isSeenBefore(tx: Tx, digest: string, ageMs: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ before: boolean }[]>`
    SELECT seen_at <= ${fromNow(-ageMs)} AS before FROM billing_events WHERE digest = ${digest}`;
  return row?.before ?? false;
}

/** Whether fal billed something of the attempt's model around its sending that nobody has claimed: it may be the attempt's. */
export async function hasUnclaimedBill(
  tx: Tx,
  attemptId: string,
  { beforeMs, afterMs }: { readonly beforeMs: number; readonly afterMs: number },
): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ unclaimed: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM billing_events e JOIN attempts a ON a.id = ${attemptId}
      WHERE e.booked_at IS NULL AND e.attempt_id IS NULL AND e.endpoint_id = a.model
        AND e.occurred_at BETWEEN coalesce(a.sending_at, a.reserved_at) - make_interval(secs => ${beforeMs / 1000}::double precision)
          AND coalesce(a.sending_at, a.reserved_at) + make_interval(secs => ${afterMs / 1000}::double precision)
        AND NOT EXISTS (SELECT 1 FROM attempts o WHERE o.request_id = e.request_id)
        AND NOT EXISTS (SELECT 1 FROM orphan_acceptances o WHERE o.request_id = e.request_id)
    ) AS unclaimed`;
  return row?.unclaimed ?? false;
}
