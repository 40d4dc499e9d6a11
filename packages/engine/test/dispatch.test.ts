import { parseUsd } from '@reelay/core';
import { foldLedger, inTransaction, setDeploymentLimit, setInFlightMax, setStopped } from '@reelay/db';
import { changeBatch, dispatch, pauseBatch, resumeBatch } from '@reelay/engine';
import { createTestContext, createTestDatabase, makeBatch, type TestContext, type TestDatabase } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const NO_FAL = 'http://127.0.0.1:9';
let database: TestDatabase;
let context: TestContext;

beforeEach(async () => {
  database = await createTestDatabase();
  context = createTestContext({ databaseUrl: database.url, falUrl: NO_FAL });
  await setInFlightMax(context.db, 4);
});
afterEach(async () => {
  await context.close();
  await database.drop();
});

const attemptsOf = (batchId: string) => context.db.prisma.attempt.count({ where: { batch_id: batchId } });

async function budget(scope: string) {
  await inTransaction(context.db, foldLedger);
  const row = await context.db.prisma.budget.findUniqueOrThrow({ where: { scope } });
  return row.reserved_nano_usd + row.charged_nano_usd;
}

async function pausesOf(batchId: string): Promise<string[]> {
  const rows = await context.db.prisma.batchPause.findMany({
    where: { batch_id: batchId },
    orderBy: { reason: 'asc' },
  });
  return rows.map(({ reason }) => reason);
}

describe('slots', () => {
  it('are filled and never overfilled, however many dispatchers run at once', async () => {
    const { batchId } = await makeBatch(context.db, { jobs: 20 });

    await Promise.all(Array.from({ length: 8 }, () => dispatch(context)));

    expect(await attemptsOf(batchId)).toBe(4);
    expect(new Set(context.tasks.take('submit')).size).toBe(4);
  });

  it('go to two batches in equal shares', async () => {
    const large = await makeBatch(context.db, { jobs: 20 });
    await dispatch(context);
    const small = await makeBatch(context.db, { jobs: 3 });
    await setInFlightMax(context.db, 7);

    await dispatch(context);

    expect([await attemptsOf(large.batchId), await attemptsOf(small.batchId)]).toEqual([4, 3]);
  });

  it('go to higher priority first, then to row order', async () => {
    const { batchId, jobIds } = await makeBatch(context.db, { jobs: 6 });
    await context.db.prisma.job.update({ where: { id: jobIds[5] ?? '' }, data: { priority: 1 } });
    await setInFlightMax(context.db, 3);

    await dispatch(context);

    const active = await context.db.prisma.job.findMany({ where: { batch_id: batchId, status: 'active' } });
    expect(active.map(({ row_no }) => Number(row_no)).sort()).toEqual([1, 2, 6]);
  });

  it('are at most half held by unknown attempts', async () => {
    await makeBatch(context.db, { jobs: 20 });
    await dispatch(context);
    await context.db.prisma
      .$executeRaw`UPDATE attempts SET state = 'sending', owner = 'gone', send_deadline_at = now()`;
    await context.db.prisma.$executeRaw`UPDATE attempts SET state = 'unknown', slot_until = now() + interval '1 hour'`;

    expect(await dispatch(context)).toMatchObject({ reserved: 2 });
  });

  it('stay empty after stop-all until start-all', async () => {
    const { batchId } = await makeBatch(context.db, { jobs: 5 });
    await setStopped(context.db, true);
    await dispatch(context);
    expect(await attemptsOf(batchId)).toBe(0);

    await setStopped(context.db, false);
    await dispatch(context);
    expect(await attemptsOf(batchId)).toBe(4);
  });
});

describe('a pause', () => {
  it('closes the batch at once and a resume opens it', async () => {
    const { batchId, projectId } = await makeBatch(context.db, { jobs: 5 });
    await pauseBatch(context, { projectId, batchId });
    await dispatch(context);
    expect(await attemptsOf(batchId)).toBe(0);

    await resumeBatch(context, { projectId, batchId });
    await dispatch(context);
    expect(await attemptsOf(batchId)).toBe(4);
  });

  it('of the user survives a resume of nothing else: the set keeps each setter apart', async () => {
    const { batchId, projectId } = await makeBatch(context.db, { jobs: 5, capUsd: '0' });
    await dispatch(context);
    await pauseBatch(context, { projectId, batchId });
    expect(await pausesOf(batchId)).toEqual(['budget', 'user']);

    await resumeBatch(context, { projectId, batchId });
    expect(await pausesOf(batchId)).toEqual(['budget']);
  });
});

describe('money', () => {
  // 32 frames at 480p cost $0.08.
  const MIXED = [{ num_frames: 32 }, { num_frames: 161, resolution: '720p' }, { num_frames: 17 }, { num_frames: 81 }];

  beforeEach(() => setInFlightMax(context.db, 1_000));

  it('for exactly ten jobs submits exactly ten, with sixteen dispatchers at once', async () => {
    const { batchId } = await makeBatch(context.db, { jobs: 50, capUsd: '0.8' });

    await Promise.all(Array.from({ length: 16 }, () => dispatch(context)));

    expect(await attemptsOf(batchId)).toBe(10);
    expect(await pausesOf(batchId)).toEqual(['budget']);
    expect(await budget(`batch:${batchId}`)).toBe(parseUsd('0.8'));
  });

  it('raised by the price of seven jobs submits exactly seven more and lifts the pause when it suffices', async () => {
    const { batchId, projectId } = await makeBatch(context.db, { jobs: 20, capUsd: '0.8' });
    await dispatch(context);

    await changeBatch(context, { projectId, batchId, capNanoUsd: parseUsd('1.36') });
    await dispatch(context);
    expect(await attemptsOf(batchId)).toBe(17);
    expect(await pausesOf(batchId)).toEqual(['budget']);

    await changeBatch(context, { projectId, batchId, capNanoUsd: null });
    await dispatch(context);
    expect(await attemptsOf(batchId)).toBe(20);
    expect(await pausesOf(batchId)).toEqual([]);
  });

  it('of the deployment bounds all batches together', async () => {
    await setDeploymentLimit(context.db, parseUsd('0.4'));
    const one = await makeBatch(context.db, { jobs: 10 });
    const two = await makeBatch(context.db, { jobs: 10 });

    await Promise.all([dispatch(context), dispatch(context)]);

    expect((await attemptsOf(one.batchId)) + (await attemptsOf(two.batchId))).toBe(5);
    expect(await budget('deployment')).toBe(parseUsd('0.4'));
  });

  it('is never skipped past: a dear row holds the cheaper ones behind it', async () => {
    const { batchId } = await makeBatch(context.db, { jobs: 4, inputs: MIXED, capUsd: '0.5' });

    await dispatch(context);

    const active = await context.db.prisma.job.findMany({ where: { batch_id: batchId, status: 'active' } });
    expect(active.map(({ row_no }) => Number(row_no))).toEqual([1]);
  });

  it('that one batch lacks leaves its slots to the others', async () => {
    await setInFlightMax(context.db, 4);
    const poor = await makeBatch(context.db, { jobs: 10, capUsd: '0.08' });
    const rich = await makeBatch(context.db, { jobs: 10 });

    await dispatch(context);

    expect([await attemptsOf(poor.batchId), await attemptsOf(rich.batchId)]).toEqual([1, 3]);
  });
});
