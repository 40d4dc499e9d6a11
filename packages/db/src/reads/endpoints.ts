/** Reading endpoints, newest first, and what was tried of their deliveries. */
import type { DeliveryState, EndpointKind } from '@reelay/core';
import type { Tx } from '../client.ts';
import type { EndpointRow } from '../deliveries/endpoints.ts';
import { type DeliveryTry, Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export type EndpointReading = EndpointRow & { readonly pending: number; readonly failed: number };

const COUNTS_MAX = 10_001;
const countOf = (state: DeliveryState) => Prisma.sql`
  (SELECT count(*)::int FROM (SELECT 1 FROM deliveries d WHERE d.endpoint_id = p.id AND d.state = ${state} LIMIT ${COUNTS_MAX}) c)`;
const READING = Prisma.sql`SELECT p.*, ${countOf('pending')} AS pending, ${countOf('failed')} AS failed FROM endpoints p`;

export async function readEndpoints(
  tx: Tx,
  projectId: string,
  kind: EndpointKind,
  page: Page,
): Promise<PageOf<EndpointReading>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`id`, 'descending');
  const all = [Prisma.sql`project_id = ${projectId}`, Prisma.sql`kind = ${kind}`, Prisma.sql`deleted_at IS NULL`];
  const rows = await tx.$queryRaw<EndpointReading[]>`
    ${READING} WHERE ${Prisma.join([...all, ...conditions], ' AND ')} ${orderAndLimit}`;
  return pageOf(rows, page);
}

export async function readEndpoint(tx: Tx, projectId: string, id: string): Promise<EndpointReading | null> {
  const [row] = await tx.$queryRaw<EndpointReading[]>`
    ${READING} WHERE id = ${id} AND project_id = ${projectId} AND deleted_at IS NULL`;
  return row ?? null;
}

/** Deleted ones too: their deliveries stay readable. */
export async function hasEndpoint(tx: Tx, projectId: string, id: string): Promise<boolean> {
  return (await tx.endpoint.count({ where: { id, project_id: projectId } })) === 1;
}

export type DeliveryTryReading = DeliveryTry;

export interface DeliveryReading {
  readonly id: string;
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly event_seq: bigint;
  readonly event_type: string;
  readonly state: DeliveryState;
  readonly tries: number;
  readonly due_at: Date;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly last_took_ms: number | null;
  readonly first_try_at: Date | null;
  readonly last_try_at: Date | null;
  readonly delivered_at: Date | null;
  readonly created_at: Date;
}

/** In the order of their events, newest first; the key is the event's number. */
export async function readDeliveries(
  tx: Tx,
  endpointId: string,
  state: DeliveryState | null,
  page: Page<bigint>,
): Promise<PageOf<DeliveryReading>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`event_seq`, 'descending');
  const all = [Prisma.sql`endpoint_id = ${endpointId}`, ...conditions];
  if (state !== null) all.push(Prisma.sql`state = ${state}`);
  const rows = await tx.$queryRaw<DeliveryReading[]>`
    SELECT d.*, e.type AS event_type FROM (SELECT * FROM deliveries WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}) d
    JOIN events e ON e.id = d.event_id
    ORDER BY event_seq ${page.before !== undefined && page.after === undefined ? Prisma.sql`ASC` : Prisma.sql`DESC`}`;
  return pageOf(rows, page);
}

/** The last ones of each, oldest first. */
export function readTries(tx: Tx, deliveryIds: readonly string[], each: number): Promise<DeliveryTryReading[]> {
  return tx.$queryRaw<DeliveryTryReading[]>`
    SELECT t.* FROM unnest(${[...deliveryIds]}::text[]) AS of (id)
    CROSS JOIN LATERAL (SELECT * FROM delivery_tries WHERE delivery_id = of.id ORDER BY id DESC LIMIT ${each}) t
    ORDER BY t.id`;
}
