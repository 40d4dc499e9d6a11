/** What becomes of attempts, written as the verbs write it: state and ledger in one transaction, or not at all. */
import { DEFAULT_MODEL_ID } from '@reelay/core';
import { appendLedger, inTransaction, type LedgerLine, releaseAttempt, storeBillingEvents, type Tx } from '@reelay/db';
import { bookDueEvents } from '../../../packages/engine/src/billing/book-due-events.ts';
import { type MoneyWorld, PRICE_MAX } from './money-world.ts';

export interface Found {
  readonly id: string;
  readonly job_id: string;
  readonly reserved_nano_usd: bigint;
}

export function findAttempts(world: MoneyWorld, state: string, count: number): Promise<Found[]> {
  return world.context.db.prisma.attempt.findMany({ where: { state }, orderBy: { id: 'asc' }, take: count });
}

/** Changes attempts in this state, each once whoever else tries. */
export async function each(
  world: MoneyWorld,
  { state, count }: { readonly state: string; readonly count: number },
  act: (tx: Tx, found: Found) => Promise<unknown>,
): Promise<void> {
  for (const found of await findAttempts(world, state, count)) {
    await inTransaction(world.context.db, async (tx) => {
      const mine = await tx.$queryRaw<object[]>`
        SELECT 1 FROM attempts WHERE id = ${found.id} AND state = ${state} FOR NO KEY UPDATE`;
      if (mine.length > 0) await act(tx, found);
    });
  }
}

export async function accept(tx: Tx, { id }: Found): Promise<void> {
  await tx.$executeRaw`UPDATE attempts SET state = 'sending', owner = 'test', send_deadline_at = now() WHERE id = ${id}`;
  await tx.$executeRaw`UPDATE attempts SET state = 'accepted', request_id = 'req-' || id WHERE id = ${id}`;
}

/** Nobody knows whether it was taken: its money stays, and its slot is free whatever the clock says. */
export async function doubt(tx: Tx, { id, job_id }: Found): Promise<void> {
  await tx.$executeRaw`UPDATE attempts SET state = 'sending', owner = 'test', send_deadline_at = now() WHERE id = ${id}`;
  await tx.$executeRaw`UPDATE attempts SET state = 'unknown', slot_until = reserved_at - interval '1 year' WHERE id = ${id}`;
  await tx.$executeRaw`UPDATE jobs SET status_detail = 'outcome_unknown' WHERE id = ${job_id}`;
}

export async function succeed(tx: Tx, found: Found, costNanoUsd: bigint): Promise<void> {
  await settle(tx, found, 'succeeded', costNanoUsd);
  await tx.$executeRaw`UPDATE jobs SET status = 'succeeded', output = '{}' WHERE id = ${found.job_id}`;
}

/** For nothing; its job is queued again by itself, or stays failed until somebody retries it. */
export async function fail(tx: Tx, found: Found, again: boolean): Promise<void> {
  await settle(tx, found, 'failed', 0n);
  const status = again ? 'queued' : 'failed';
  await tx.$executeRaw`UPDATE jobs SET status = ${status} WHERE id = ${found.job_id}`;
}

async function settle(tx: Tx, { id, reserved_nano_usd }: Found, state: string, cost: bigint): Promise<void> {
  await tx.$executeRaw`UPDATE attempts SET state = ${state} WHERE id = ${id}`;
  await appendLedger(tx, id, [
    { kind: 'release', amountNanoUsd: reserved_nano_usd, basis: 'settled' },
    { kind: 'charge', amountNanoUsd: cost, basis: 'price_rule' },
  ]);
}

export const giveBack = (tx: Tx, { id }: Found) => releaseAttempt(tx, id);

/** Another request of fal for the same attempt, found long after: it counts where the attempt does. */
export async function bookOrphan({ chance }: MoneyWorld, tx: Tx, { id }: Found): Promise<void> {
  const line: LedgerLine = {
    ...{ kind: 'orphan_charge', amountNanoUsd: BigInt(chance.whole(0, PRICE_MAX)), basis: 'price_rule' },
    requestId: `orphan-${id}-${chance.whole(0, 1_000_000)}`,
  };
  await appendLedger(tx, id, [line]);
}

/**
 * fal's bill for runs that have ended, read and booked as the product does: with a surcharge, a discount, or a second event
 * for the same request.
 */
export async function bill(world: MoneyWorld, count: number): Promise<void> {
  const { chance, context, nowMs } = world;
  const found = await context.db.prisma.attempt.findMany({
    where: { state: { in: ['succeeded', 'failed'] } },
    orderBy: { id: 'asc' },
    skip: chance.whole(0, 2),
    take: count,
  });
  const events = found.map(({ request_id, reserved_nano_usd: price }) => ({
    ...{ digest: `event-${chance.whole(0, 1_000_000_000)}`, requestId: request_id ?? '', endpointId: DEFAULT_MODEL_ID },
    ...{ occurredAtMs: nowMs, outputUnits: null, unitPrice: null, percentDiscount: null },
    costNanoUsd: chance.happens(0.4) ? price + BigInt(chance.whole(1, PRICE_MAX)) : price / BigInt(chance.whole(1, 3)),
  }));
  await storeBillingEvents(context.db.prisma, events);
  await bookDueEvents(context);
}

/** Mostly what was reserved, at times less; at times fal charges more than its price. */
export function costOf({ chance }: MoneyWorld, { reserved_nano_usd: reserved }: Found): bigint {
  const kind = chance.weighted({ exact: 6, less: 2, more: 1 });
  if (kind === 'exact') return reserved;
  return kind === 'less' ? reserved / 2n : reserved + BigInt(chance.whole(1, PRICE_MAX));
}
