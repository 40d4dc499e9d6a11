// GET /v1/models/billing-events: what was billed, newest first. A request that cost nothing has no event. Each finished
// request has two slots, so that the second copy of a repeated event keeps its place whatever else appears.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Outcome, SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { buildBillingEvent } from './billing-event.ts';
import { beginPaging, decodeCursor, type PageCursor, type TimeWindow } from './page-cursor.ts';
import { pagingFields } from './paging-fields.ts';
import { PlatformError } from './platform-error.ts';
import { idListSchema, limitSchema, momentSchema, readQuery, repeatedSchema } from './read-query.ts';
import { matchesTags, readTagFilter } from './tag-filter.ts';
import { takePage } from './take-page.ts';

const DAY_MS = 86_400_000;
const RANGE_MS_MAX = 90 * DAY_MS;
const COPIES = 2;

const querySchema = z.object({
  endpoint_id: idListSchema.optional(),
  request_id: idListSchema.optional(),
  start: momentSchema.optional(),
  end: momentSchema.optional(),
  limit: limitSchema(50, 10_000),
  cursor: z.string().optional(),
  source: z.enum(['billed', 'tagged-billed']).default('billed'),
  tag: repeatedSchema.optional(),
});

type BillingQuery = z.output<typeof querySchema>;
type Billed = SimRequest & { readonly outcome: Outcome };

export async function listBillingEvents(world: World, http: FastifyRequest) {
  const query = readQuery(http, querySchema);
  const cursor =
    query.cursor === undefined
      ? beginPaging(world.ledger, readWindow(query))
      : decodeCursor(query.cursor, world.ledger);
  const wanted = chooseRequests(world, query, cursor);
  const finished = world.ledger.finished();
  const slots = { from: cursor.slot, count: cursor.finished * COPIES };
  const page = takePage(slots, query.limit, (slot) => {
    const request = finished[cursor.finished - 1 - Math.floor(slot / COPIES)];
    const isRepeat = slot % COPIES === 1;
    if (!request || !wanted(request)) return undefined;
    return isRepeat && !world.dice.askOnce('billing.duplicate_event', request) ? undefined : request;
  });
  await Promise.all(page.rows.map((request) => request.outcomeSaved));
  const withTags = query.source === 'tagged-billed';
  const events = page.rows.map((request) => buildBillingEvent(request, request.outcome, withTags));
  return { billing_events: events, ...pagingFields(cursor, page.nextSlot) };
}

function readWindow({ start, end }: BillingQuery): TimeWindow {
  const startMs = start ?? Date.now() - DAY_MS;
  if ((end ?? Date.now()) - startMs > RANGE_MS_MAX) {
    throw new PlatformError(400, 'validation_error', 'Invalid request parameters: the date range is capped at 90 days');
  }
  return { startMs, endMs: end ?? null };
}

function chooseRequests(world: World, query: BillingQuery, { startMs, endMs }: PageCursor) {
  const tags = readTagFilter(query.tag, query.source);
  const endpoints = query.endpoint_id && new Set(query.endpoint_id);
  const ids = query.request_id && new Set(query.request_id);
  return (request: SimRequest): request is Billed => {
    const { outcome } = request;
    if (!outcome || outcome.subtotalNanoUsd === 0n) return false;
    if (ids && !ids.has(request.id)) return false;
    if (endpoints && !endpoints.has(request.endpoint)) return false;
    if (outcome.finishedAtMs < startMs || (endMs !== null && outcome.finishedAtMs >= endMs)) return false;
    return matchesTags(request.tags, tags) && hasAppeared(world, request, outcome);
  };
}

function hasAppeared({ clock, dice }: World, request: SimRequest, outcome: Outcome): boolean {
  const lagMs = dice.askOnce('billing.lag', request)?.amount ?? 0;
  const missingMs = dice.askOnce('billing.missing_event', request)?.amount ?? 0;
  return clock.nowMs() >= outcome.finishedAtSimMs + Math.max(lagMs, missingMs);
}
