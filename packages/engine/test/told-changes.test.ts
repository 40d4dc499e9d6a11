import { numberNextEvents, tryEventHeadLock } from '@reelay/db';
import {
  cancelBatch,
  cancelJob,
  changeBatch,
  confirmBatch,
  createBatch,
  createJob,
  finishBatch,
  getBatch,
  getJob,
  patrol,
  pauseBatch,
  resolveJob,
  resumeBatch,
  retryBatch,
  settleAttempt,
  submitAttempt,
} from '@reelay/engine';
import { eventually, makeBatch, makeProject, UNTOLD_CHANGES } from '@reelay/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 10 });

/** Whatever a test has done, everything that is told of was told, once. */
afterEach(async () => {
  expect(await engine.context.db.prisma.$queryRawUnsafe(UNTOLD_CHANGES)).toEqual([]);
});

async function toldOf(subjectId: string) {
  const events = await engine.context.db.prisma.event.findMany({
    where: { subject_id: subjectId },
    orderBy: { ordinal: 'asc' },
  });
  return events.map(({ type, body, callback_url: callbackUrl }) => ({
    type,
    callbackUrl,
    data: JSON.parse(body).data,
  }));
}

const typesOf = async (subjectId: string) => (await toldOf(subjectId)).map(({ type }) => type);

async function jobsOf(batchId: string) {
  return engine.context.db.prisma.job.findMany({ where: { batch_id: batchId }, orderBy: { row_no: 'asc' } });
}

async function runToEnd(): Promise<void> {
  for (let ids = await engine.reserve(); ids.length > 0; ids = await engine.reserve()) {
    for (const id of ids) await submitAttempt(engine.context, id);
    for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
  }
}

const CALLBACK = 'https://example.com/hook';
const INPUT = { video_url: 'https://clips.example/a.mp4', prompt: 'a fox' };

describe('a job', () => {
  it('that succeeds is told of as the API shows it, with its cost, to its own callback_url', async () => {
    const projectId = await makeProject(engine.context.db);
    const created = await createJob(engine.context, { projectId, input: INPUT, callbackUrl: CALLBACK });
    if (created.kind !== 'created') throw new Error(JSON.stringify(created));
    await runToEnd();

    const shown = JSON.parse(JSON.stringify(await getJob(engine.context, { projectId, jobId: created.jobId })));
    expect(await toldOf(created.jobId)).toEqual([{ type: 'job.succeeded', callbackUrl: CALLBACK, data: shown }]);
    expect(shown.cost.charged).not.toBe(null);
  });

  it('that fails, is retried and succeeds is told of once for each run', async () => {
    engine.sim.setFaults({ 'run.content_policy': 1 });
    const target = await makeBatch(engine.context.db, { jobs: 1, maxAttempts: 1 });
    const [job] = await jobsOf(target.batchId);
    await runToEnd();
    engine.sim.setFaults({});
    await retryBatch(engine.context, target);
    await runToEnd();

    const told = await toldOf(job?.id ?? '');
    expect(told.map(({ type, data }) => [type, data.run])).toEqual([
      ['job.failed', 1],
      ['job.succeeded', 2],
    ]);
  });

  it('that is cancelled twice is told of once', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    const [job] = await jobsOf(target.batchId);
    const jobId = job?.id ?? '';
    await cancelJob(engine.context, { projectId: target.projectId, jobId });
    await cancelJob(engine.context, { projectId: target.projectId, jobId });

    expect(await typesOf(jobId)).toEqual(['job.cancelled']);
  });

  it('whose reserved attempt is given back because it was cancelled is told of', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    await engine.reserve();
    const [job] = await jobsOf(target.batchId);
    await cancelJob(engine.context, { projectId: target.projectId, jobId: job?.id ?? '' });

    expect(await typesOf(job?.id ?? '')).toEqual(['job.cancelled']);
  });

  it('that waits for a person is told of, and so is what the person decides', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    const [job] = await jobsOf(target.batchId);
    const jobId = job?.id ?? '';
    engine.sim.setFaults({ 'run.stuck': 1 });
    const [attemptId = ''] = await engine.reserve();
    await submitAttempt(engine.context, attemptId);
    await eventually(async () => engine.sim.ledger().some(({ tags }) => tags.attempt === attemptId));
    await engine.context.db.prisma.$executeRaw`
      UPDATE attempts SET outcome_deadline_at = now() - interval '1 second' WHERE id = ${attemptId}`;
    await eventually(async () => {
      await settleAttempt(engine.context, attemptId);
      return (await typesOf(jobId)).length > 0;
    });
    await resolveJob(engine.context, { projectId: target.projectId, jobId, action: 'fail' });

    expect(await typesOf(jobId)).toEqual(['job.needs_review', 'job.failed']);
  });

  it('that could not be told of does not end', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    const [job] = await jobsOf(target.batchId);
    const [attemptId = ''] = await engine.reserve();
    await submitAttempt(engine.context, attemptId);
    const { prisma } = engine.context.db;
    await prisma.$executeRawUnsafe(`ALTER TABLE events ADD CONSTRAINT nothing_is_told CHECK (type NOT LIKE 'job.%')`);
    await eventually(async () => {
      const settled = await settleAttempt(engine.context, attemptId).catch(() => 'refused');
      return settled === 'refused';
    });
    expect((await jobsOf(target.batchId))[0]?.status).toBe('active');
    await prisma.$executeRawUnsafe('ALTER TABLE events DROP CONSTRAINT nothing_is_told');

    await settleAttempt(engine.context, attemptId);
    expect(await typesOf(job?.id ?? '')).toEqual(['job.succeeded']);
  });
});

describe('a batch', () => {
  const create = async (more: object = {}) => {
    const projectId = await makeProject(engine.context.db);
    const request = {
      projectId,
      rows: [{ input: INPUT }, { input: INPUT }],
      callbackUrl: CALLBACK,
      mode: 'best_effort',
      onUnknown: 'review',
      ...more,
    } as const;
    const created = await createBatch(engine.context, request);
    if (created.kind !== 'created') throw new Error(JSON.stringify(created));
    return { projectId, batchId: created.batchId };
  };

  it('is told of from its validation to its end, as the API shows it', async () => {
    const target = await create();
    await runToEnd();
    await finishBatch(engine.context, target.batchId);

    const told = await toldOf(target.batchId);
    expect(told.map(({ type }) => type)).toEqual(['batch.validated', 'batch.started', 'batch.completed']);
    expect(told.map(({ callbackUrl }) => callbackUrl)).toEqual([CALLBACK, CALLBACK, CALLBACK]);
    expect(told[2]?.data).toEqual(JSON.parse(JSON.stringify(await getBatch(engine.context, target))));
    expect(told[2]?.data.request_counts).toMatchObject({ total: 2, succeeded: 2 });
  });

  it('that waits for a person starts when that person agrees', async () => {
    const target = await create({ start: 'confirm' });
    expect(await typesOf(target.batchId)).toEqual(['batch.validated']);
    await confirmBatch(engine.context, target);
    expect(await typesOf(target.batchId)).toEqual(['batch.validated', 'batch.started']);
  });

  it('without any good row fails', async () => {
    const target = await create({ rows: [{ prompt: 'no video' }] });
    expect(await typesOf(target.batchId)).toEqual(['batch.failed']);
  });

  it('tells of pauses, changes and cancels that changed something, and of nothing else', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 3 });
    const [job] = await jobsOf(target.batchId);
    await pauseBatch(engine.context, target);
    await pauseBatch(engine.context, target);
    await changeBatch(engine.context, { ...target, name: 'the foxes' });
    await resumeBatch(engine.context, target);
    await resumeBatch(engine.context, target);
    await cancelBatch(engine.context, { ...target, mode: 'drain' });

    const told = await toldOf(target.batchId);
    expect(told.map(({ type, data }) => [type, data.status])).toEqual([
      ['batch.paused', 'paused'],
      ['batch.updated', 'paused'],
      ['batch.resumed', 'in_progress'],
      ['batch.updated', 'cancelling'],
      ['batch.cancelled', 'cancelled'],
    ]);
    expect(await typesOf(job?.id ?? '')).toEqual(['job.cancelled']);
  });

  it('that a retry opens again has started again', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    await cancelBatch(engine.context, { ...target, mode: 'drain' });
    await retryBatch(engine.context, { ...target, statuses: ['cancelled'] });
    expect((await typesOf(target.batchId)).slice(-2)).toEqual(['batch.cancelled', 'batch.started']);
  });

  it('tells of its progress at most every ten seconds, however many look', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 12 });
    const { prisma } = engine.context.db;
    const ids = await engine.reserve();
    for (const id of ids) await submitAttempt(engine.context, id);
    for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind === 'settled');
    const progress = async () => (await toldOf(target.batchId)).filter(({ type }) => type === 'batch.progress');
    await patrol(engine.context);
    expect(await progress()).toEqual([]);

    await prisma.$executeRaw`UPDATE batches SET in_progress_at = in_progress_at - interval '11 seconds'`;
    await Promise.all([patrol(engine.context), patrol(engine.context), patrol(engine.context)]);
    await patrol(engine.context);
    expect((await progress()).map(({ data }) => data.request_counts.succeeded)).toEqual([10]);

    await prisma.$executeRaw`UPDATE batch_progress SET told_at = told_at - interval '20 seconds'`;
    await prisma.$executeRaw`UPDATE jobs SET finished_at = finished_at - interval '1 minute' WHERE status = 'succeeded'`;
    await patrol(engine.context);
    expect(await progress()).toHaveLength(1);
  });

  it('that runs out of money beside many others pauses and resumes within a few turns, told of once each', async () => {
    const projectId = await makeProject(engine.context.db);
    const batches = [];
    for (let n = 1; n <= 25; n++) {
      batches.push(await makeBatch(engine.context.db, { jobs: 1, projectId, capUsd: '0.000001' }));
    }
    const turns = async () => {
      for (let n = 1; n <= 3; n++) await engine.reserve();
    };
    await turns();
    for (const { batchId } of batches) await changeBatch(engine.context, { projectId, batchId, capNanoUsd: null });
    await engine.context.db.prisma
      .$executeRaw`UPDATE provider_accounts SET in_flight_max = 100, in_flight_configured = 100`;
    await turns();

    for (const { batchId } of batches) {
      expect(await typesOf(batchId)).toEqual(['batch.paused', 'batch.updated', 'batch.resumed']);
    }
  });

  it('of more rows than one call cancels is emptied by patrol', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    await engine.context.db.prisma.$executeRaw`
      INSERT INTO jobs SELECT (jsonb_populate_record(j, jsonb_build_object('id', j.id || n, 'row_no', n, 'custom_id', null))).*
      FROM jobs j, generate_series(2, 10500) AS n`;
    await cancelBatch(engine.context, { ...target, mode: 'drain' });
    expect((await getBatch(engine.context, target))?.request_counts).toMatchObject({ queued: 500, cancelled: 10_000 });
    await patrol(engine.context);
    expect(await getBatch(engine.context, target)).toMatchObject({ status: 'cancelled' });
  });

  it('of 2,500 queued rows that is cancelled tells of each, numbered without a gap', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 2_500 });
    await cancelBatch(engine.context, { ...target, mode: 'drain' });
    const { prisma } = engine.context.db;
    await prisma.$transaction(async (tx) => {
      await tryEventHeadLock(tx, target.projectId);
      await numberNextEvents(tx, target.projectId, 10_000);
    });

    const [told] = await prisma.$queryRaw<object[]>`
      SELECT count(*)::int AS events, count(DISTINCT subject_id)::int AS subjects, max(seq)::int AS last FROM events`;
    expect(told).toEqual({ events: 2_502, subjects: 2_501, last: 2_502 });
  });
});
