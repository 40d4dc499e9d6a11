/**
 * Reads fal's listing for the time in which an attempt was sent, and says which requests there can be its own. Only a
 * listing that was read to its end is a look; none at all is a deployment that has to do without.
 */
import { type LookEvidence, matchListing } from '@reelay/core';
import { type AttemptWithJob, readBoundRequests } from '@reelay/db';
import type { ListedRequest } from '@reelay/fal';
import type { Context } from '../context.ts';
import { sentInput } from './sent-input.ts';

/** fal's clock may differ from ours by so much, and a request may reach it late. Network time, never scaled. */
const BEFORE_SENDING_MS = 120_000;
const AFTER_DEADLINE_MS = 600_000;

export interface Listing {
  readonly reading: 'read' | 'not_read' | 'no_listing';
  readonly requests: readonly ListedRequest[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly failure: string | null;
}

/** Of one request only, when its id is given. */
export async function readListing(context: Context, { attempt }: AttemptWithJob, requestId?: string): Promise<Listing> {
  const { sending_at: sentAt, send_deadline_at: deadlineAt } = attempt;
  const fromMs = (sentAt?.getTime() ?? 0) - BEFORE_SENDING_MS;
  const toMs = (deadlineAt?.getTime() ?? 0) + AFTER_DEADLINE_MS;
  const none = { requests: [], fromMs, toMs, failure: null };
  if (!sentAt || !deadlineAt) return { ...none, reading: 'no_listing' };
  const window = { endpointId: attempt.model, fromMs, toMs };
  const listing = await context.fal.listRequests(requestId === undefined ? window : { ...window, requestId });
  switch (listing.kind) {
    case 'not_available':
      return { ...none, reading: 'no_listing' };
    case 'unavailable':
      return { ...none, reading: 'not_read', failure: listing.failure.message };
    case 'listed':
      return { ...none, reading: listing.complete ? 'read' : 'not_read', requests: listing.requests };
  }
}

/** What the listing says of an attempt; null when there is none. */
export async function matchIn(
  context: Context,
  loaded: AttemptWithJob,
  listing: Listing,
): Promise<LookEvidence | null> {
  const { reading, requests, fromMs, toMs, failure } = listing;
  if (reading === 'no_listing') return null;
  const bound = await readBoundRequests(
    context.db.prisma,
    requests.map(({ requestId }) => requestId),
  );
  const input = sentInput(loaded.job.input, loaded.attempt.seed);
  const match = matchListing({ input, fromMs, toMs }, requests, bound);
  return {
    source: 'listing',
    complete: reading === 'read',
    listed: requests.length,
    matches: match.kind === 'one' ? [match.requestId] : match.kind === 'several' ? match.requestIds : [],
    ...(failure === null ? {} : { failure }),
  };
}
