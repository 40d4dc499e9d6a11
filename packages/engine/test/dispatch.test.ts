import { parseUsd } from '@reelay/core';
import { foldLedger, inTransaction, setDeploymentLimit, setInFlightMax, setStopped, takeHeads } from '@reelay/db';
import { changeBatch, dispatch, getBatch, pauseBatch, resumeBatch } from '@reelay/engine';
import { makeBatch } from '@reelay/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 4 });

const attemptsOf = (batchId: string) => engine.context.db.prisma.attempt.count({ where: { batch_id: batchId } });

async function budget(scope: string) {
  await inTransaction(engine.context.db, foldLedger);
  const row = await engine.context.db.prisma.budget.findFirstOrThrow({ where: { scope } });
  return row.reserved_nano_usd + row.charged_nano_usd;
}

async function pausesOf(batchId: string): Promise<string[]> {
  const rows = await engine.context.db.prisma.batchPause.findMany({
    where: { batch_id: batchId },
    orderBy: { reason: 'asc' },
  });
  return rows.map(({ reason }) => reason);
}

it('takes no job twice when another transaction lets go of an earlier row between two rounds', async () => {
  const { batchId, jobIds } = await makeBatch(engine.context.db, { jobs: 3 });
  const other = await engine.context.db.pool.connect();
  await other.query('BEGIN');
  await other.query('SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE', [jobIds[0]]);

  const rounds = await inTransaction(engine.context.db, async (tx) => {
    const first = await takeHeads(tx, new Map([[batchId, 1]]), []);
    await other.query('COMMIT');
    const seen = first.map(({ id }) => id);
    return [...seen, ...(await takeHeads(tx, new Map([[batchId, 2]]), seen)).map(({ id }) => id)];
  }).finally(() => other.release());

  expect(rounds).toEqual([jobIds[1], jobIds[0], jobIds[2]]);
});

describe('slots', () => {
  it('are filled and never overfilled, however many dispatchers run at once', async () => {
    const { batchId } = await makeBatch(engine.context.db, { jobs: 20 });

    await Promise.all(Array.from({ length: 8 }, () => dispatch(engine.context)));

    expect(await attemptsOf(batchId)).toBe(4);
    expect(new Set(engine.context.tasks.take('submit')).size).toBe(4);
  });

  it('go to two batches in equal shares', async () => {
    const large = await makeBatch(engine.context.db, { jobs: 20 });
    await dispatch(engine.context);
    const small = await makeBatch(engine.context.db, { jobs: 3 });
    await setInFlightMax(engine.context.db, 7);

    await dispatch(engine.context);

    expect([await attemptsOf(large.batchId), await attemptsOf(small.batchId)]).toEqual([4, 3]);
  });

  it('go to higher priority first, then to row order', async () => {
    const { batchId, jobIds } = await makeBatch(engine.context.db, { jobs: 6 });
    await engine.context.db.prisma.job.update({ where: { id: jobIds[5] ?? '' }, data: { priority: 1 } });
    await setInFlightMax(engine.context.db, 3);

    await dispatch(engine.context);

    const active = await engine.context.db.prisma.job.findMany({ where: { batch_id: batchId, status: 'active' } });
    expect(active.map(({ row_no }) => Number(row_no)).sort()).toEqual([1, 2, 6]);
  });

  it('are at most half held by unknown attempts', async () => {
    await makeBatch(engine.context.db, { jobs: 20 });
    await dispatch(engine.context);
    await engine.context.db.prisma
      .$executeRaw`UPDATE attempts SET state = 'sending', owner = 'gone', send_deadline_at = now()`;
    await engine.context.db.prisma
      .$executeRaw`UPDATE attempts SET state = 'unknown', slot_until = now() + interval '1 hour'`;

    expect(await dispatch(engine.context)).toMatchObject({ reserved: 2 });
  });

  it('stay empty after stop-all until start-all, and the batch says why', async () => {
    const { batchId, projectId } = await makeBatch(engine.context.db, { jobs: 5 });
    const shown = () => getBatch(engine.context, { projectId, batchId });
    await setStopped(engine.context.db, true);
    await dispatch(engine.context);
    expect(await attemptsOf(batchId)).toBe(0);
    expect(await shown()).toMatchObject({ status: 'paused', pause_reason: 'stopped' });

    await setStopped(engine.context.db, false);
    await dispatch(engine.context);
    expect(await attemptsOf(batchId)).toBe(4);
    expect(await shown()).toMatchObject({ status: 'in_progress', pause_reason: null });
  });
});

describe('a pause', () => {
  it('closes the batch at once and a resume opens it', async () => {
    const { batchId, projectId } = await makeBatch(engine.context.db, { jobs: 5 });
    await pauseBatch(engine.context, { projectId, batchId });
    await dispatch(engine.context);
    expect(await attemptsOf(batchId)).toBe(0);

    await resumeBatch(engine.context, { projectId, batchId });
    await dispatch(engine.context);
    expect(await attemptsOf(batchId)).toBe(4);
  });

  it('of the user survives a resume of nothing else: the set keeps each setter apart', async () => {
    const { batchId, projectId } = await makeBatch(engine.context.db, { jobs: 5, capUsd: '0' });
    await dispatch(engine.context);
    await pauseBatch(engine.context, { projectId, batchId });
    expect(await pausesOf(batchId)).toEqual(['budget', 'user']);

    await resumeBatch(engine.context, { projectId, batchId });
    expect(await pausesOf(batchId)).toEqual(['budget']);
  });
});

describe('money', () => {
  // 32 frames at 480p cost $0.08.
  const MIXED = [{ num_frames: 32 }, { num_frames: 161, resolution: '720p' }, { num_frames: 17 }, { num_frames: 81 }];

  beforeEach(() => setInFlightMax(engine.context.db, 1_000));

  it('for exactly ten jobs submits exactly ten, with sixteen dispatchers at once', async () => {
    const { batchId } = await makeBatch(engine.context.db, { jobs: 50, capUsd: '0.8' });

    await Promise.all(Array.from({ length: 16 }, () => dispatch(engine.context)));

    expect(await attemptsOf(batchId)).toBe(10);
    expect(await pausesOf(batchId)).toEqual(['budget']);
    expect(await budget(`batch:${batchId}`)).toBe(parseUsd('0.8'));
  });

  it('raised by the price of seven jobs submits exactly seven more and lifts the pause when it suffices', async () => {
    const { batchId, projectId } = await makeBatch(engine.context.db, { jobs: 20, capUsd: '0.8' });
    await dispatch(engine.context);

    await changeBatch(engine.context, { projectId, batchId, capNanoUsd: parseUsd('1.36') });
    await dispatch(engine.context);
    expect(await attemptsOf(batchId)).toBe(17);
    expect(await pausesOf(batchId)).toEqual(['budget']);

    await changeBatch(engine.context, { projectId, batchId, capNanoUsd: null });
    await dispatch(engine.context);
    expect(await attemptsOf(batchId)).toBe(20);
    expect(await pausesOf(batchId)).toEqual([]);
  });

  it('of the deployment bounds all batches together', async () => {
    await setDeploymentLimit(engine.context.db, parseUsd('0.4'));
    const one = await makeBatch(engine.context.db, { jobs: 10 });
    const two = await makeBatch(engine.context.db, { jobs: 10 });

    await Promise.all([dispatch(engine.context), dispatch(engine.context)]);

    expect((await attemptsOf(one.batchId)) + (await attemptsOf(two.batchId))).toBe(5);
    expect(await budget('deployment')).toBe(parseUsd('0.4'));
  });

  it('is never skipped past: a dear row holds the cheaper ones behind it', async () => {
    const { batchId } = await makeBatch(engine.context.db, { jobs: 4, inputs: MIXED, capUsd: '0.5' });

    await dispatch(engine.context);

    const active = await engine.context.db.prisma.job.findMany({ where: { batch_id: batchId, status: 'active' } });
    expect(active.map(({ row_no }) => Number(row_no))).toEqual([1]);
  });

  it('that one batch lacks leaves its slots to the others', async () => {
    await setInFlightMax(engine.context.db, 4);
    const poor = await makeBatch(engine.context.db, { jobs: 10, capUsd: '0.08' });
    const rich = await makeBatch(engine.context.db, { jobs: 10 });

    await dispatch(engine.context);

    expect([await attemptsOf(poor.batchId), await attemptsOf(rich.batchId)]).toEqual([1, 3]);
  });
});
