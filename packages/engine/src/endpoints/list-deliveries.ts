/** What an endpoint was sent and what it answered, newest event first. */
import type { DeliveryState } from '@reelay/core';
import {
  type DeliveryReading,
  type DeliveryTryReading,
  hasEndpoint,
  type Page,
  readDeliveries,
  readTries,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { numericPage } from '../reads/numeric-page.ts';
import { type ListView, listView, maybeTime, time } from '../reads/views.ts';
import type { EndpointTarget } from './list-endpoints.ts';

/** The last ones of each delivery: an endpoint that hands back what it is sent may gather any number. */
const TRIES_SHOWN = 20;

export interface DeliveryQuery extends EndpointTarget {
  /** Null: all. */
  readonly state: DeliveryState | null;
  readonly page: Page;
}

export type DeliveryPage =
  | { readonly kind: 'page'; readonly list: ListView<DeliveryView> }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unknown_cursor'; readonly cursor: 'after' | 'before' };

export async function listDeliveries(context: Pick<Context, 'db'>, query: DeliveryQuery): Promise<DeliveryPage> {
  const { prisma } = context.db;
  if (!(await hasEndpoint(prisma, query.projectId, query.endpointId))) return { kind: 'not_found' };
  const bySeq = numericPage(query.page);
  if ('unknown' in bySeq) return { kind: 'unknown_cursor', cursor: bySeq.unknown };
  const page = await readDeliveries(prisma, query.endpointId, query.state, bySeq);
  const tries = await readTries(
    prisma,
    page.rows.map(({ id }) => id),
    TRIES_SHOWN,
  );
  const triesOf = (id: string) => tries.filter(({ delivery_id }) => delivery_id === id);
  const list = listView(
    page,
    (row) => deliveryView(row, triesOf(row.id)),
    ({ event_seq }) => String(event_seq),
  );
  return { kind: 'page', list };
}

function deliveryView(delivery: DeliveryReading, tries: readonly DeliveryTryReading[]) {
  return {
    id: delivery.id,
    object: 'webhook_delivery' as const,
    endpoint_id: delivery.endpoint_id,
    event_id: delivery.event_id,
    event_seq: Number(delivery.event_seq),
    event_type: delivery.event_type,
    status: delivery.state,
    attempts: delivery.tries,
    next_attempt_at: delivery.state === 'pending' ? time(delivery.due_at) : null,
    delivered_at: maybeTime(delivery.delivered_at),
    created_at: time(delivery.created_at),
    log: tries.map((tried) => ({
      at: time(tried.tried_at),
      status: tried.status,
      error: tried.error,
      duration_ms: tried.took_ms,
      response: tried.response,
    })),
  };
}

export type DeliveryView = ReturnType<typeof deliveryView>;
