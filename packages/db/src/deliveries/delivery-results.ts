/**
 * What came of a try. The endpoint's row is locked first, as everywhere; the delivery is changed for the holder of its
 * lease alone, so that one who comes late changes nothing.
 */
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';

export interface DeliveryHold {
  readonly id: string;
  readonly lease: string;
}

export interface DeliveryTryRow {
  readonly status: number | null;
  readonly error: string | null;
  readonly tookMs: number;
  readonly response: string | null;
}

export interface EndpointHealth {
  readonly id: string;
  readonly project_id: string;
  readonly url: string;
  readonly kind: string;
  readonly state: string;
  readonly failures_in_row: number;
  readonly failing_ms: number;
  readonly told_percent: number;
  readonly unwell: boolean;
}

/** Null: nothing is to be changed by a success, and nothing is locked. */
export async function lockUnhealthy(tx: Tx, endpointId: string): Promise<EndpointHealth | null> {
  const [row] = await tx.$queryRaw<EndpointHealth[]>`
    SELECT *, 0 AS failing_ms FROM endpoints
    WHERE id = ${endpointId} AND (failures_in_row > 0 OR failing_since IS NOT NULL OR unwell)
    FOR NO KEY UPDATE`;
  return row ?? null;
}

/** Counts a failure and says how the endpoint stands with it. */
export async function countFailure(tx: Tx, endpointId: string): Promise<EndpointHealth> {
  const [row] = await tx.$queryRaw<EndpointHealth[]>`
    UPDATE endpoints SET failures_in_row = failures_in_row + 1,
      told_percent = CASE WHEN failing_since IS NULL THEN 0 ELSE told_percent END,
      failing_since = coalesce(failing_since, now())
    WHERE id = ${endpointId}
    RETURNING *, (extract(epoch FROM now() - failing_since) * 1000)::double precision AS failing_ms`;
  if (!row) throw new Error(`endpoint ${endpointId} is gone`);
  return row;
}

/** A pause that it asked for stays. */
export async function clearFailures(tx: Tx, endpointId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE endpoints SET failures_in_row = 0, failing_since = NULL, told_percent = 0, unwell = false
    WHERE id = ${endpointId}`;
}

/** A pause only ever gets longer. */
export async function throttleEndpoint(tx: Tx, endpointId: string, pauseMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE endpoints SET throttled_until = greatest(throttled_until, ${fromNow(pauseMs)}) WHERE id = ${endpointId}`;
}

export async function markTold(tx: Tx, endpointId: string, percent: number): Promise<void> {
  await tx.$executeRaw`UPDATE endpoints SET told_percent = ${percent}, unwell = true WHERE id = ${endpointId}`;
}

/** True when the lease was still the caller's. */
export async function markDelivered(tx: Tx, { id, lease }: DeliveryHold, tried: DeliveryTryRow): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE deliveries SET state = 'delivered', lease = NULL, tries = tries + 1, step = step + 1, delivered_at = now(),
      last_status = ${tried.status}, last_error = NULL, last_took_ms = ${tried.tookMs},
      first_try_at = coalesce(first_try_at, now()), last_try_at = now()
    WHERE id = ${id} AND lease = ${lease}`;
  if (changed === 1) await insertTry(tx, id, tried);
  return changed === 1;
}

/** Due again after `waitMs`; null: it stays as failed until somebody asks for it. True when the lease was the caller's. */
export async function markTried(
  tx: Tx,
  { id, lease }: DeliveryHold,
  tried: DeliveryTryRow,
  waitMs: number | null,
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE deliveries SET state = ${waitMs === null ? 'failed' : 'pending'}, lease = NULL, due_at = ${fromNow(waitMs ?? 0)},
      tries = tries + 1, step = step + 1,
      last_status = ${tried.status}, last_error = ${tried.error}, last_took_ms = ${tried.tookMs},
      first_try_at = coalesce(first_try_at, now()), last_try_at = now()
    WHERE id = ${id} AND lease = ${lease}`;
  if (changed === 1) await insertTry(tx, id, tried);
  return changed === 1;
}

/** A try that never was, or that we broke off: it counts for nothing. */
export async function giveBackDelivery(
  tx: Tx,
  { id, endpointId, lease }: DeliveryHold & { readonly endpointId: string },
  waitMs: number,
): Promise<void> {
  await noteDue(tx, endpointId, waitMs);
  await tx.$executeRaw`
    UPDATE deliveries SET lease = NULL, due_at = ${fromNow(waitMs)} WHERE id = ${id} AND lease = ${lease}`;
}

/** What is due sooner has said so already. */
export async function noteDue(tx: Tx, endpointId: string, waitMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE endpoints SET next_due_at = least(next_due_at, ${fromNow(waitMs)}) WHERE id = ${endpointId}`;
}

async function insertTry(
  tx: Tx,
  deliveryId: string,
  { status, error, tookMs, response }: DeliveryTryRow,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO delivery_tries (delivery_id, status, error, took_ms, response)
    VALUES (${deliveryId}, ${status}, ${error}, ${tookMs}, ${response})`;
}
