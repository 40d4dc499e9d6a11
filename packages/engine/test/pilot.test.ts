import { setInFlightMax } from '@reelay/db';
import {
  type BatchView,
  changeBatch,
  createBatch,
  dispatch,
  getBatch,
  pauseBatch,
  resumeBatch,
  retryJob,
  settleAttempt,
  submitAttempt,
} from '@reelay/engine';
import { eventually, makeProject, TEST_INPUT } from '@reelay/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 4 });
let projectId: string;
beforeEach(async () => {
  projectId = await makeProject(engine.context.db);
});

type Pilot = { readonly rows: number; readonly strategy: 'first' | 'spread' };

async function start(count: number, pilot: Pilot, more: object = {}) {
  const rows = Array.from({ length: count }, (_, i) => ({
    input: { ...TEST_INPUT, num_frames: 32 + (i % 3) * 16 },
    custom_id: `r${i + 1}`,
  }));
  const terms = { mode: 'best_effort', onUnknown: 'review' } as const;
  const report = await createBatch(engine.context, { projectId, rows, ...terms, pilot, ...more });
  if (report.kind !== 'created') throw new Error(JSON.stringify(report));
  return { projectId, batchId: report.batchId };
}

type Target = Awaited<ReturnType<typeof start>>;

async function viewOf(target: Target): Promise<BatchView> {
  const batch = await getBatch(engine.context, target);
  if (!batch) throw new Error('the batch is gone');
  return batch;
}

/** Dispatches, sends and settles until dispatch finds nothing more to do. */
async function runDry(): Promise<void> {
  for (let ids = await engine.reserve(); ids.length > 0; ids = await engine.reserve()) {
    for (const id of ids) await submitAttempt(engine.context, id);
    for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
  }
}

async function attemptedRows({ batchId }: Target): Promise<number[]> {
  const jobs = await engine.context.db.prisma.job.findMany({
    where: { batch_id: batchId, attempts: { gt: 0 } },
    orderBy: { row_no: 'asc' },
  });
  return jobs.map(({ row_no }) => Number(row_no));
}

describe('a pilot', () => {
  it.each([
    ['first', [1, 2, 3, 4, 5]],
    ['spread', [1, 5, 9, 13, 17]],
  ] as const)('%s runs just its rows, pauses the batch and forecasts the rest', async (strategy, rows) => {
    const target = await start(20, { rows: 5, strategy });
    expect((await viewOf(target)).pilot).toMatchObject({ state: 'running', done: 0, forecast: { cost: null } });
    await runDry();
    const batch = await viewOf(target);

    expect(await attemptedRows(target)).toEqual(rows);
    expect(batch).toMatchObject({
      status: 'paused',
      pause_reason: 'pilot',
      request_counts: { queued: 15, succeeded: 5 },
    });
    expect(batch.pilot).toMatchObject({
      rows: 5,
      strategy,
      state: 'done',
      done: 5,
      succeeded: 5,
      failed: 0,
      failures: [],
    });
    expect(batch.pilot?.cost).toMatchObject({ charged: batch.cost.charged, held: '0' });
    const rest = Number(batch.cost.estimated) - Number(batch.cost.charged);
    expect(Number(batch.pilot?.forecast.cost)).toBeCloseTo(rest, 9);
  });

  it('is released by one resume, after its end or before, and its figures stay', async () => {
    const target = await start(6, { rows: 2, strategy: 'first' });
    await runDry();
    expect(await resumeBatch(engine.context, target)).toEqual({ kind: 'done' });
    await runDry();

    expect(await viewOf(target)).toMatchObject({
      status: 'completed',
      request_counts: { succeeded: 6 },
      pilot: { state: 'released', done: 2 },
    });

    const early = await start(6, { rows: 2, strategy: 'spread' });
    await resumeBatch(engine.context, early);
    expect(await engine.reserve()).toHaveLength(4);
    expect((await viewOf(early)).status).toBe('in_progress');
  });

  it('is not released by a resume that ends a pause of one’s own', async () => {
    const target = await start(6, { rows: 2, strategy: 'first' });
    await pauseBatch(engine.context, target);
    await resumeBatch(engine.context, target);
    await runDry();

    expect(await attemptedRows(target)).toEqual([1, 2]);
  });

  it('holds however many dispatchers there are, and however often they ask', async () => {
    const target = await start(40, { rows: 7, strategy: 'spread' });
    await Promise.all(Array.from({ length: 6 }, () => dispatch(engine.context)));
    await engine.context.db.prisma
      .$executeRaw`UPDATE provider_accounts SET in_flight_max = 1000, in_flight_configured = 1000`;
    await Promise.all(Array.from({ length: 6 }, () => dispatch(engine.context)));

    expect(await engine.context.db.prisma.attempt.count({ where: { batch_id: target.batchId } })).toBe(7);
  });

  it('shows how it failed and tells who listens', async () => {
    engine.sim.setFaults({ 'run.content_policy': 1 });
    const target = await start(8, { rows: 3, strategy: 'first' }, { maxAttempts: 1 });
    await runDry();
    const batch = await viewOf(target);

    expect(batch.pilot).toMatchObject({ state: 'done', failed: 3, failures: [{ code: 'content_refused', count: 3 }] });
    const events = await engine.context.db.prisma.event.findMany({
      where: { subject_id: target.batchId, type: 'batch.paused' },
    });
    expect(events.map(({ type, body }) => [type, JSON.parse(body).data.stop.reason])).toEqual([
      ['batch.paused', 'pilot'],
    ]);
  });

  it('with a row that is too dear for the cap leaves the batch running on its other rows, and says so once', async () => {
    const { prisma } = engine.context.db;
    const dear = { input: { ...TEST_INPUT, num_frames: 161, resolution: '720p' } };
    const rows = [dear, ...Array.from({ length: 6 }, () => ({ input: TEST_INPUT }))];
    const terms = { mode: 'best_effort', onUnknown: 'review', maxAttempts: 1 } as const;
    const report = await createBatch(engine.context, {
      ...{ projectId, rows, ...terms },
      pilot: { rows: 1, strategy: 'first' },
    });
    if (report.kind !== 'created') throw new Error(JSON.stringify(report));
    const target = { projectId, batchId: report.batchId };
    engine.sim.setFaults({ 'run.fail_500': 1 });
    await runDry();
    engine.sim.setFaults({});
    const { id: jobId } = await prisma.job.findFirstOrThrow({ where: { status: 'failed' } });
    await resumeBatch(engine.context, target);
    await changeBatch(engine.context, { ...target, capNanoUsd: 750_000_000n });
    expect(await retryJob(engine.context, { projectId, jobId })).toEqual({ kind: 'done' });
    await setInFlightMax(engine.context.db, 1);

    const seen: (string | null)[] = [];
    for (let ids = await engine.reserve(); ids.length > 0; ids = await engine.reserve()) {
      seen.push((await viewOf(target)).pause_reason);
      for (const id of ids) await submitAttempt(engine.context, id);
      for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
    }

    expect(seen).toEqual([null, null, null, null, null, null]);
    expect(await viewOf(target)).toMatchObject({ pause_reason: 'budget', request_counts: { succeeded: 6, queued: 1 } });
    expect(await prisma.event.count({ where: { type: 'budget.exhausted' } })).toBe(1);
  });

  it('that is the whole batch ends with it', async () => {
    const target = await start(3, { rows: 10, strategy: 'spread' });
    await runDry();

    expect(await viewOf(target)).toMatchObject({ status: 'completed', pilot: { state: 'done', done: 3 } });
  });

  it('cannot be held again once it is released', async () => {
    const target = await start(3, { rows: 1, strategy: 'first' });
    await resumeBatch(engine.context, target);
    const { prisma } = engine.context.db;

    await expect(
      prisma.batch.update({ where: { id: target.batchId }, data: { pilot_released_at: null } }),
    ).rejects.toThrow(/its pilot does not change/);
  });
});
