/** The rows of endpoints. Whoever changes an endpoint and its deliveries changes the endpoint first. */
import type { DisabledReason, EndpointKind } from '@reelay/core';
import type { Tx } from '../client.ts';
import type { Endpoint } from '../generated/client.ts';
import { wakeEndpoints } from './fan-out.ts';

export type EndpointRow = Endpoint & { readonly kind: EndpointKind; readonly disabled_reason: DisabledReason | null };

export interface NewEndpoint {
  readonly id: string;
  readonly projectId: string;
  readonly url: string;
  readonly description: string;
  /** Empty: all. */
  readonly eventTypes: readonly string[];
  readonly progressIntervalMs: number | null;
}

export async function insertEndpoint(tx: Tx, endpoint: NewEndpoint): Promise<void> {
  const { id, projectId, url, description, eventTypes, progressIntervalMs } = endpoint;
  await tx.endpoint.create({
    data: {
      id,
      project_id: projectId,
      kind: 'registered',
      url,
      description,
      event_types: [...eventTypes],
      progress_interval_ms: progressIntervalMs,
    },
  });
}

/** How many it has of those that were registered, until the transaction ends: no other is counted meanwhile. */
export async function countRegistered(tx: Tx, projectId: string): Promise<number> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`endpoints ${projectId}`}, 0))`;
  return tx.endpoint.count({ where: { project_id: projectId, kind: 'registered', deleted_at: null } });
}

/** Locked, so that what is decided about it stays true. */
export async function lockEndpoint(tx: Tx, projectId: string, id: string): Promise<EndpointRow | null> {
  const [row] = await tx.$queryRaw<EndpointRow[]>`
    SELECT * FROM endpoints WHERE id = ${id} AND project_id = ${projectId} AND deleted_at IS NULL FOR NO KEY UPDATE`;
  return row ?? null;
}

export interface EndpointChange {
  readonly url?: string;
  readonly description?: string;
  readonly eventTypes?: readonly string[];
  readonly progressIntervalMs?: number | null;
}

export async function changeEndpointRow(tx: Tx, id: string, change: EndpointChange): Promise<void> {
  const { url, description, eventTypes, progressIntervalMs } = change;
  const data = {
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(eventTypes === undefined ? {} : { event_types: [...eventTypes] }),
    ...(progressIntervalMs === undefined ? {} : { progress_interval_ms: progressIntervalMs }),
  };
  if (Object.keys(data).length > 0) await tx.endpoint.update({ where: { id }, data });
}

/** Its deliveries go on coming and wait. */
export async function disableEndpoint(tx: Tx, id: string, reason: DisabledReason): Promise<void> {
  await tx.$executeRaw`
    UPDATE endpoints SET state = 'disabled', disabled_reason = ${reason}, disabled_at = now()
    WHERE id = ${id} AND state = 'enabled'`;
}

/** With its past forgiven; what waits is due at the time that it had. */
export async function enableEndpoint(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE endpoints SET state = 'enabled', disabled_reason = NULL, disabled_at = NULL,
      failures_in_row = 0, failing_since = NULL, told_percent = 0, throttled_until = NULL
    WHERE id = ${id}`;
  await wakeEndpoints(tx, [id]);
}

/** Nothing is delivered to it any more; what was stays readable. */
export async function deleteEndpointRow(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE endpoints SET deleted_at = now(), next_due_at = NULL, state = 'disabled',
      disabled_reason = coalesce(disabled_reason, 'by_owner'), disabled_at = coalesce(disabled_at, now())
    WHERE id = ${id}`;
  await tx.$executeRaw`
    UPDATE deliveries SET state = 'skipped', lease = NULL WHERE endpoint_id = ${id} AND state = 'pending'`;
}
