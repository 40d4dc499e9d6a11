/**
 * After the database was restored from a backup nothing may be sent until everything that fal has taken since is known
 * again. Each look compares fal's listing and bill, from the last trace of an attempt on, with what is remembered, and
 * puts back what was forgotten. Observing ends when looks found nothing new for a while. Any worker may look, any number
 * of times; nothing here ever sends.
 */
import { MODELS, scaled } from '@reelay/core';
import {
  beginObserving,
  countOrphansBesideReserved,
  noteObservation,
  readBoundRequests,
  readObservedFrom,
} from '@reelay/db';
import type { ListedRequest } from '@reelay/fal';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { recognised } from './recognised.ts';
import { type Recovery, recoverRequest } from './recover-request.ts';

export interface ObserveReport {
  readonly kind: 'off' | 'blind' | 'looking' | 'ended';
  readonly recovered: number;
}

/** fal's clock may differ from ours, and its list may hold a request under the time it was sent. Never scaled. */
const MARGIN_MS = 600_000;
const STRANGERS_SHOWN = 20;

export async function startObserving(context: Context): Promise<void> {
  await beginObserving(context.db);
  context.log.warn({}, 'observing: nothing is sent until what fal took since the last known attempt is known again');
}

export async function observe(context: Context): Promise<ObserveReport> {
  const from = await readObservedFrom(context.db.prisma);
  if (from === null) return { kind: 'off', recovered: 0 };
  const looks = [];
  for (const model of MODELS) looks.push(await lookAt(context, model.id, from.getTime() - MARGIN_MS));
  const recovered = looks.reduce((sum, look) => sum + look.recovered, 0);
  const orphans = await countOrphansBesideReserved(context.db.prisma);
  const quiet = orphans === 0 && looks.every((look) => look.whole && look.recovered === 0 && look.pending === 0);
  const ended = await noteObservation(context.db, quiet, scaled(context.policy, context.policy.observeQuietMs));
  if (ended) context.log.warn({ from }, 'observing has ended: every request of fal since then is accounted for');
  return { kind: ended ? 'ended' : looks.every((look) => look.whole) ? 'looking' : 'blind', recovered };
}

interface Look {
  /** Listing and bill were read to their ends, and nothing was billed that the listing does not show. */
  readonly whole: boolean;
  readonly recovered: number;
  /** Requests of jobs that have another attempt under way: they are put back when that has ended. */
  readonly pending: number;
}

const BLIND: Look = { whole: false, recovered: 0, pending: 0 };

async function lookAt(context: Context, model: string, fromMs: number): Promise<Look> {
  const window = { endpointId: model, fromMs, toMs: context.now() + MARGIN_MS };
  const listing = await context.fal.listRequests(window);
  const bill = await context.fal.listBilled(window);
  if (listing.kind !== 'listed' || bill.kind !== 'listed') {
    context.log.error(
      { model, listing: whyBlind(listing), billing: whyBlind(bill) },
      'observing cannot read fal’s lists',
    );
    return BLIND;
  }
  const { known, strangers, recoveries } = await putBack(context, model, listing.requests);
  const settled = recoveries.flatMap(({ attemptId }) => (attemptId === null ? [] : [attemptId]));
  await enqueueAfterCommit(context, 'settle', settled);
  const billed = [...new Set(bill.events.map(({ requestId }) => requestId))];
  const unlisted = await unlistedOf(context, billed, new Set([...known, ...strangers]));
  if (unlisted.length > 0) {
    const fields = { model, count: unlisted.length, requestIds: unlisted.slice(0, STRANGERS_SHOWN) };
    context.log.warn(fields, 'observing: fal billed requests that its listing does not show yet');
  }
  if (strangers.length > 0) {
    const fields = { model, count: strangers.length, requestIds: strangers.slice(0, STRANGERS_SHOWN) };
    context.log.error(fields, 'observing: fal took requests that no job of this database asked for');
  }
  return {
    whole: listing.complete && bill.complete && unlisted.length === 0,
    recovered: settled.length,
    pending: recoveries.filter(({ kind }) => kind === 'pending').length,
  };
}

interface PutBack {
  readonly known: readonly string[];
  /** Other programs may use the same account; or the job came after the backup. */
  readonly strangers: readonly string[];
  readonly recoveries: readonly Recovery[];
}

async function putBack(context: Context, model: string, listed: readonly ListedRequest[]): Promise<PutBack> {
  const known = listed.map(({ requestId }) => requestId);
  const bound = await readBoundRequests(context.db.prisma, known);
  const unbound = listed
    .filter(({ requestId }) => !bound.has(requestId))
    .toSorted((a, b) => (a.sentAtMs ?? 0) - (b.sentAtMs ?? 0));
  const owners = await recognised(context, model, unbound);
  const recoveries: Recovery[] = [];
  for (const [requestId, owner] of owners) recoveries.push(await recoverRequest(context, { requestId, ...owner }));
  const strangers = unbound.map(({ requestId }) => requestId).filter((requestId) => !owners.has(requestId));
  return { known, strangers, recoveries };
}

/** Billed, but neither listed nor bound to an attempt: the listing lags behind, so it has not shown everything yet. */
async function unlistedOf(context: Context, billed: readonly string[], listed: ReadonlySet<string>): Promise<string[]> {
  const missing = billed.filter((requestId) => !listed.has(requestId));
  const bound = await readBoundRequests(context.db.prisma, missing);
  return missing.filter((requestId) => !bound.has(requestId));
}

function whyBlind(outcome: { readonly kind: string; readonly failure?: { readonly message: string } }): string {
  return outcome.failure?.message ?? outcome.kind;
}
