import { formatUsd } from '@reelay/core';
import { insertCallback, inTransaction } from '@reelay/db';
import {
  type BatchView,
  changeBatch,
  createBatch,
  dispatch,
  getBatch,
  resolveJob,
  resumeBatch,
  retryJob,
  settleAttempt,
  submitAttempt,
} from '@reelay/engine';
import { eventually, makeProject, TEST_INPUT } from '@reelay/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const IN_FLIGHT_MAX = 10;
const engine = useEngine({ inFlightMax: IN_FLIGHT_MAX, bill422: 1 });
let projectId: string;
beforeEach(async () => {
  projectId = await makeProject(engine.context.db);
});

async function start(count: number, terms: object) {
  const rows = Array.from({ length: count }, () => ({ input: TEST_INPUT }));
  const report = await createBatch(engine.context, {
    projectId,
    rows,
    mode: 'best_effort',
    onUnknown: 'review',
    maxAttempts: 1,
    ...terms,
  });
  if (report.kind !== 'created') throw new Error(JSON.stringify(report));
  return { projectId, batchId: report.batchId };
}

type Target = Awaited<ReturnType<typeof start>>;

async function viewOf(target: Target): Promise<BatchView> {
  const batch = await getBatch(engine.context, target);
  if (!batch) throw new Error('the batch is gone');
  return batch;
}

const accepted = () => engine.sim.ledger().length;

/** One attempt after the other, as a machine that nobody watches would go on. */
async function runDry(): Promise<void> {
  for (let ids = await engine.reserve(); ids.length > 0; ids = await engine.reserve()) {
    for (const id of ids) await submitAttempt(engine.context, id);
    for (const id of ids) {
      await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
      await dispatch(engine.context);
    }
    for (let more = engine.context.tasks.take('submit'); more.length > 0; more = engine.context.tasks.take('submit')) {
      for (const id of more) await submitAttempt(engine.context, id);
      for (const id of more) {
        await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
        await dispatch(engine.context);
      }
    }
  }
}

describe('ten thousand rows that all fail, and nobody there', () => {
  it('stop by the error rate within a window and what was in flight, and say why', { timeout: 120_000 }, async () => {
    engine.sim.setFaults({ 'run.content_policy': 1 });
    const target = await start(10_000, { pauseIf: { errorRate: 0.5, window: 20 } });
    await runDry();
    const batch = await viewOf(target);

    expect(accepted()).toBeGreaterThanOrEqual(20);
    expect(accepted()).toBeLessThanOrEqual(20 + IN_FLIGHT_MAX);
    expect(batch).toMatchObject({ status: 'paused', pause_reason: 'error_rate' });
    expect(batch.brakes).toMatchObject({ error_rate: 1, stopped_by: { reason: 'error_rate' } });
    expect(batch.brakes.stopped_by?.message).toMatch(
      /20 of the last 20 jobs failed or wait for review, most often with content_refused/,
    );
    expect(batch.request_counts.queued).toBe(10_000 - accepted());
  });

  it('stop by the money wasted', { timeout: 120_000 }, async () => {
    engine.sim.setFaults({ 'run.fail_422': 1 });
    const target = await start(10_000, { maxWasteNanoUsd: 2_000_000_000n });
    await runDry();
    const batch = await viewOf(target);

    // 25 rows of 8 cents are the two dollars.
    expect(accepted()).toBeGreaterThanOrEqual(25);
    expect(accepted()).toBeLessThanOrEqual(25 + IN_FLIGHT_MAX);
    expect(batch).toMatchObject({ status: 'paused', pause_reason: 'waste' });
    expect(batch.brakes.stopped_by?.message).toMatch(/max_waste is \$2\. .*resume the batch/);
    expect(Number(batch.brakes.wasted)).toBeCloseTo(Number(batch.cost.charged) + Number(batch.cost.reserved), 9);
  });
});

describe('rows that are paid for and bring nothing', () => {
  /** The callbacks of all attempts come late, each with the output that fal no longer has. */
  async function hearLate({ batchId }: Target): Promise<void> {
    const url = 'https://media.example.com/out.mp4';
    const video = { url, content_type: 'video/mp4', file_name: 'out.mp4', file_size: 7 };
    for (const { id, request_id } of await engine.context.db.prisma.attempt.findMany({
      where: { batch_id: batchId, state: 'accepted' },
    })) {
      const callback = { attemptId: id, requestId: request_id ?? '', failed: false, stale: false, digest: id };
      await inTransaction(engine.context.db, (tx) => insertCallback(tx, { ...callback, payload: { video, seed: 7 } }));
      await settleAttempt(engine.context, id);
    }
  }

  it('stop by the error rate, though they wait for review and have not failed', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const target = await start(60, { pauseIf: { errorRate: 0.1, window: 5 } });
    await runDry();
    const batch = await viewOf(target);

    expect(accepted()).toBeLessThanOrEqual(5 + IN_FLIGHT_MAX);
    expect(batch).toMatchObject({ status: 'paused', pause_reason: 'error_rate', brakes: { error_rate: 1 } });
    expect(batch.brakes.stopped_by?.message).toMatch(/5 of the last 5 jobs .* most often with result_lost \(5\)/);
  });

  it('stop by the money that they hold', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const target = await start(60, { maxWasteNanoUsd: 80_000_000n });
    await runDry();
    const batch = await viewOf(target);

    expect(accepted()).toBeLessThanOrEqual(1 + IN_FLIGHT_MAX);
    expect(batch).toMatchObject({ status: 'paused', pause_reason: 'waste', brakes: { wasted: batch.cost.reserved } });
    expect(batch.brakes.stopped_by?.message).toMatch(/most often with result_lost/);
  });

  it('do not hide new waste when they succeed after a resume', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const target = await start(60, { maxWasteNanoUsd: 800_000_000n });
    await runDry();
    const before = accepted();
    await resumeBatch(engine.context, target);
    expect(await viewOf(target)).toMatchObject({ brakes: { wasted: '0' } });
    engine.sim.setFaults({ 'run.fail_422': 1 });
    await hearLate(target);
    expect(await viewOf(target)).toMatchObject({ request_counts: { succeeded: before }, brakes: { wasted: '0' } });
    await runDry();

    expect(await viewOf(target)).toMatchObject({ status: 'paused', pause_reason: 'waste' });
    // Ten rows of 8 cents are the limit.
    expect(accepted() - before).toBeLessThanOrEqual(10 + IN_FLIGHT_MAX);
  });

  it('are forgiven for good by a resume, also when a person has them run again', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const target = await start(60, { maxWasteNanoUsd: 400_000_000n });
    await runDry();
    await resumeBatch(engine.context, target);
    engine.sim.setFaults({});
    const reviews = await engine.context.db.prisma.job.findMany({ where: { status: 'needs_review' } });
    for (const [n, { id: jobId }] of reviews.entries()) {
      const resolution = { projectId, jobId, action: n % 2 === 0 ? 'resubmit' : 'fail' } as const;
      expect(await resolveJob(engine.context, resolution)).toEqual({ kind: 'done' });
      if (n % 2 === 1) await retryJob(engine.context, { projectId, jobId, acceptDoubleCharge: true });
    }
    expect(await viewOf(target)).toMatchObject({ status: 'in_progress', brakes: { wasted: '0' } });
    await runDry();

    expect(await viewOf(target)).toMatchObject({ status: 'completed', request_counts: { succeeded: 60 } });
  });

  it('are forgiven for good by a resume, also when a late answer says that they failed', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const target = await start(60, { maxWasteNanoUsd: 400_000_000n });
    await runDry();
    await resumeBatch(engine.context, target);
    await engine.context.db.prisma.$executeRaw`
      UPDATE jobs SET status = 'active', review_at = NULL, error = NULL WHERE status = 'needs_review'`;
    const late = await engine.context.db.prisma
      .$executeRaw`UPDATE attempts SET state = 'failed' WHERE state = 'accepted'`;
    await engine.context.db.prisma
      .$executeRaw`UPDATE jobs SET status = 'failed', finished_at = now() WHERE status = 'active'`;

    expect(late).toBeGreaterThan(0);
    expect((await viewOf(target)).brakes.wasted).toBe('0');
  });

  it('do not count again when their review ends after a resume', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const target = await start(40, { pauseIf: { errorRate: 0.5, window: 5 } });
    await runDry();
    await resumeBatch(engine.context, target);
    await engine.context.db.prisma.$executeRaw`
      UPDATE jobs SET status = 'failed', finished_at = now() WHERE batch_id = ${target.batchId} AND status = 'needs_review'`;
    engine.sim.setFaults({});
    expect(await viewOf(target)).toMatchObject({ status: 'in_progress', brakes: { error_rate: null } });
    await runDry();

    expect((await viewOf(target)).status).toBe('completed');
  });
});

describe('a brake', () => {
  it('leaves a batch alone that fails less, and nothing stops one without a brake', async () => {
    const target = await start(30, { pauseIf: { errorRate: 0.5, window: 5 }, maxWasteNanoUsd: 0n });
    await runDry();
    expect((await viewOf(target)).status).toBe('completed');

    engine.sim.setFaults({ 'run.content_policy': 1 });
    const without = await start(30, {});
    await runDry();
    expect(await viewOf(without)).toMatchObject({ status: 'completed', request_counts: { failed: 30 } });
  });

  it('counts anew after a resume, so that a batch does not stop again at once', async () => {
    engine.sim.setFaults({ 'run.content_policy': 1 });
    const target = await start(60, { pauseIf: { errorRate: 1, window: 10 }, maxWasteNanoUsd: 10_000_000_000n });
    await runDry();
    expect((await viewOf(target)).pause_reason).toBe('error_rate');
    engine.sim.setFaults({});
    await resumeBatch(engine.context, target);

    expect(await viewOf(target)).toMatchObject({
      status: 'in_progress',
      brakes: { wasted: '0', error_rate: null, stopped_by: null },
    });
    await runDry();
    expect((await viewOf(target)).status).toBe('completed');
  });

  it('can be given to a running batch and taken away again', async () => {
    engine.sim.setFaults({ 'run.content_policy': 1 });
    const target = await start(40, {});
    await changeBatch(engine.context, {
      ...target,
      maxWasteNanoUsd: 400_000_000n,
      pauseIf: { errorRate: 1, window: 900 },
    });
    await runDry();
    expect(await viewOf(target)).toMatchObject({ pause_reason: 'waste', brakes: { max_waste: '0.4' } });

    await changeBatch(engine.context, { ...target, maxWasteNanoUsd: null, pauseIf: null });
    expect((await viewOf(target)).status).toBe('paused');
    await resumeBatch(engine.context, target);
    await runDry();
    expect(await viewOf(target)).toMatchObject({ status: 'completed', brakes: { max_waste: null, wasted: null } });
  });

  it('writes its pause and one event together', async () => {
    engine.sim.setFaults({ 'run.content_policy': 1 });
    const target = await start(40, { maxWasteNanoUsd: 400_000_000n });
    await runDry();
    await Promise.all([dispatch(engine.context), dispatch(engine.context)]);

    const events = await engine.context.db.prisma.event.findMany({
      where: { subject_id: target.batchId, type: 'batch.paused' },
    });
    expect(events).toHaveLength(1);
    const { data } = JSON.parse(events[0]?.body ?? '{}');
    expect(data).toMatchObject({
      id: target.batchId,
      pause_reason: 'waste',
      stop: { reason: 'waste', max_waste: '0.4' },
    });
    expect(data.stop.main_cause.code).toBe('content_refused');
    expect(Number(data.stop.wasted)).toBeGreaterThanOrEqual(0.4);
  });

  it('lets nothing go out for a batch that somebody is steering, and pauses it when they are done', async () => {
    engine.sim.setFaults({ 'run.content_policy': 1 });
    const target = await start(40, { pauseIf: { errorRate: 1, window: 3 } });
    const ids = await engine.reserve();
    for (const id of ids) await submitAttempt(engine.context, id);
    for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
    const before = await engine.context.db.prisma.attempt.count();

    await engine.context.db.prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${target.batchId} FOR NO KEY UPDATE`;
      expect((await dispatch(engine.context)).reserved).toBe(0);
      expect(await tx.batchPause.count({ where: { batch_id: target.batchId } })).toBe(0);
    });
    await dispatch(engine.context);

    expect(await engine.context.db.prisma.attempt.count()).toBe(before);
    expect((await viewOf(target)).pause_reason).toBe('error_rate');
  });

  it('counts money that is held for an attempt which nobody can account for', async () => {
    const target = await start(20, { maxWasteNanoUsd: 80_000_000n });
    const [id = ''] = await engine.reserve();
    await engine.context.db.prisma.$executeRaw`
      UPDATE attempts SET state = 'sending', owner = 'gone', sending_at = now(), send_deadline_at = now() WHERE id = ${id}`;
    for (const state of ['unknown', 'lost']) {
      await engine.context.db.prisma.$executeRaw`UPDATE attempts SET state = ${state} WHERE id = ${id}`;
    }
    await dispatch(engine.context);

    expect(await viewOf(target)).toMatchObject({ pause_reason: 'waste', brakes: { wasted: '0.08' } });
  });

  it('counts what is charged: a free failure wastes nothing', async () => {
    engine.sim.setFaults({ 'run.fail_500': 1 });
    const target = await start(5, { maxWasteNanoUsd: 1n });
    await runDry();
    const charged = await engine.context.db.prisma.ledgerEntry.aggregate({
      where: { batch_id: target.batchId, kind: 'charge' },
      _sum: { amount_nano_usd: true },
    });

    expect(formatUsd(charged._sum.amount_nano_usd ?? 0n)).toBe('0');
    expect((await viewOf(target)).status).toBe('completed');
  });
});
