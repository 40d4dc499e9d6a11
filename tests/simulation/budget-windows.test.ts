import { parseUsd } from '@reelay/core';
import { inTransaction, lockAccount, releaseAttempt, setInFlightMax } from '@reelay/db';
import { type Context, dispatch, setBudget } from '@reelay/engine';
import { eventually, type MadeBatch, makeBatch } from '@reelay/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type {} from '../../packages/testkit/src/provided-context.ts';
import { contextOn } from './budgets/money-world.ts';
import { createVirtualDatabase, type VirtualDatabase } from './src/store/virtual-database.ts';

let database: VirtualDatabase;
let context: Context;
let batch: MadeBatch;

beforeAll(async () => {
  database = await createVirtualDatabase(inject('postgresAdminUrl'));
  context = contextOn(database);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.clear();
  await at('12:10:00');
  await setInFlightMax(context.db, 1_000);
  batch = await makeBatch(context.db, { jobs: 30 });
});

const at = (time: string) => database.setNow(Date.parse(`2027-03-05T${time}Z`));

/** Jobs cost $0.08 each. */
const limitHour = (jobs: number) =>
  setBudget(context, {
    ...{ projectId: batch.projectId, scope: 'project', period: 'hour' },
    limitNanoUsd: (parseUsd('0.08') ?? 0n) * BigInt(jobs),
  });

const reservedAt = async (time: string) =>
  (await context.db.prisma.attempt.findMany({ where: { batch_id: batch.batchId } })).filter((attempt) =>
    attempt.reserved_at.toISOString().includes(`T${time}`),
  ).length;
const hour = () =>
  context.db.prisma.budget.findFirstOrThrow({ where: { scope: `project:${batch.projectId}`, period: 'hour' } });
const pauses = () => context.db.prisma.batchPause.count({ where: { batch_id: batch.batchId, reason: 'budget' } });

describe('the hour of a budget', () => {
  it('that begins lets a paused batch go on by itself, for as much again', async () => {
    await limitHour(3);
    await dispatch(context);
    await at('12:59:59.999');
    await dispatch(context);
    expect([await reservedAt('12'), await pauses()]).toEqual([3, 1]);

    await at('13:00:00');
    await dispatch(context);

    expect([await reservedAt('12'), await reservedAt('13'), await pauses()]).toEqual([3, 3, 1]);
  });

  it('is begun once, by whichever of many dispatchers comes first', async () => {
    await limitHour(3);
    await dispatch(context);
    await at('13:00:00');

    await Promise.all(Array.from({ length: 6 }, () => dispatch(context)));

    expect(await reservedAt('13')).toBe(3);
    expect((await hour()).reserved_nano_usd).toBe(parseUsd('0.24'));
  });

  it('gets nothing back from a reservation of the hour before', async () => {
    await limitHour(3);
    await dispatch(context);
    const [first] = await context.db.prisma.attempt.findMany({ orderBy: { id: 'asc' } });
    await at('13:00:00');
    await dispatch(context);
    await inTransaction(context.db, (tx) => releaseAttempt(tx, first?.id ?? ''));

    await dispatch(context);

    expect(await reservedAt('13')).toBe(3);
    expect((await hour()).reserved_nano_usd).toBe(parseUsd('0.24'));
  });

  it('does not come back with a clock that is put back', async () => {
    await limitHour(3);
    await dispatch(context);
    await at('13:00:00');
    await dispatch(context);

    await at('12:30:00');
    await dispatch(context);

    expect([await reservedAt('12'), await reservedAt('13')]).toEqual([3, 3]);
    expect((await hour()).window_start).toEqual(new Date('2027-03-05T13:00:00Z'));
  });

  it('that a clock has put back knows what was reserved ahead of it, when it comes again', async () => {
    await at('13:00:01');
    await setInFlightMax(context.db, 2);
    await dispatch(context);
    await at('12:59:00');
    await limitHour(3);
    await setInFlightMax(context.db, 1_000);
    await dispatch(context);
    await at('13:00:00');
    await dispatch(context);

    expect([await reservedAt('12'), await reservedAt('13')]).toEqual([3, 3]);
  });

  it('is that in which the lock was had, however long was waited for it', async () => {
    await limitHour(3);
    let waiting: Promise<unknown> = Promise.resolve();
    await inTransaction(context.db, async (tx) => {
      await lockAccount(tx);
      waiting = dispatch(context);
      await eventually(() => isLockAwaited(), { timeoutMs: 5_000, intervalMs: 10 });
      await at('13:00:00');
    });
    await waiting;

    expect([await reservedAt('12'), await reservedAt('13')]).toEqual([0, 3]);
  });

  it('holds for a limit that is set while dispatchers run: what they spent is in it', async () => {
    await setInFlightMax(context.db, 20);
    await Promise.all([dispatch(context), limitHour(22), dispatch(context), dispatch(context)]);
    await setInFlightMax(context.db, 1_000);

    await Promise.all([dispatch(context), dispatch(context)]);

    expect(await reservedAt('12')).toBe(22);
  });
});

async function isLockAwaited(): Promise<boolean> {
  const { rowCount } = await database.control.query(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
  );
  return (rowCount ?? 0) > 0;
}
