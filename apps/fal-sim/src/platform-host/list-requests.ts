// GET /v1/models/requests/by-endpoint: what was sent, finished or not. Requests stay where they stood when paging began:
// one that finishes between two pages is neither missed nor told twice.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { orderRequests } from './order-requests.ts';
import { beginPaging, decodeCursor, type PageCursor } from './page-cursor.ts';
import { pagingFields } from './paging-fields.ts';
import { idListSchema, limitSchema, momentSchema, readQuery } from './read-query.ts';
import { buildRequestItem } from './request-item.ts';
import { takePage } from './take-page.ts';

const DAY_MS = 86_400_000;

const querySchema = z.object({
  endpoint_id: z.preprocess((value) => value ?? [], idListSchema).refine((ids) => ids.length > 0, 'Required'),
  request_id: z.uuid().optional(),
  start: momentSchema.optional(),
  end: momentSchema.optional(),
  status: z.enum(['success', 'error', 'user_error']).optional(),
  expand: idListSchema.optional(),
  sort_by: z.enum(['ended_at', 'duration']).default('ended_at'),
  limit: limitSchema(50, 100),
  cursor: z.string().optional(),
});

type ListQuery = z.output<typeof querySchema>;

export async function listRequests(world: World, http: FastifyRequest) {
  const query = readQuery(http, querySchema);
  const cursor = readCursor(world, query);
  const ordered = orderRequests(world.ledger, cursor, query.sort_by);
  const isWanted = chooseRequests(world, query, cursor);
  const page = takePage({ from: cursor.slot, count: ordered.length }, query.limit, (slot) => {
    const request = ordered[slot];
    return request && isWanted(request) ? request : undefined;
  });
  const withPayloads = query.expand?.includes('payloads') ?? false;
  // Built before the wait: an outcome that comes meanwhile may not be durable yet.
  const items = page.rows.map((request) => buildRequestItem(request, withPayloads));
  await Promise.all(page.rows.map((request) => request.outcomeSaved));
  return { items, ...pagingFields(cursor, page.nextSlot) };
}

function readCursor(world: World, { cursor, start, end, request_id }: ListQuery): PageCursor {
  if (cursor !== undefined) return decodeCursor(cursor, world.ledger);
  const startMs = start ?? Date.now() - (request_id === undefined ? DAY_MS : 90 * DAY_MS);
  return beginPaging(world.ledger, { startMs, endMs: end ?? null });
}

/** fal does not say which of a request's moments its window is about; here it is when the request was sent. */
function chooseRequests({ clock, dice }: World, query: ListQuery, { startMs, endMs }: PageCursor) {
  const endpoints = new Set(query.endpoint_id);
  return (request: SimRequest): boolean => {
    if (query.request_id !== undefined && request.id !== query.request_id) return false;
    if (!endpoints.has(request.endpoint)) return false;
    if (request.acceptedAtMs < startMs || (endMs !== null && request.acceptedAtMs >= endMs)) return false;
    if (query.status !== undefined && statusClassOf(request) !== query.status) return false;
    const lagMs = dice.askOnce('listing.lag', request)?.amount ?? 0;
    return clock.nowMs() >= request.acceptedAtSimMs + lagMs && !dice.askOnce('listing.miss', request);
  };
}

function statusClassOf({ outcome }: SimRequest): 'success' | 'error' | 'user_error' | undefined {
  if (!outcome) return undefined;
  if (outcome.httpStatus < 300) return 'success';
  return outcome.httpStatus < 500 ? 'user_error' : 'error';
}
