import { parseUsd } from '@reelay/core';
import { createBatch, createJob } from '@reelay/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountOf, type Intake, openIntake, TERMS, VIDEO } from './intake-fixture.ts';

let intake: Intake;
beforeEach(async () => {
  intake = await openIntake();
});
afterEach(() => intake.close());

const good = (customId: string) => ({ custom_id: customId, input: { video_url: VIDEO, prompt: 'a boat' } });
const bad = { input: { video_url: VIDEO, prompt: '', num_frames: 500 } };
const create = (rows: unknown[], more = {}) =>
  createBatch(intake.context, { projectId: intake.projectId, ...TERMS, rows, ...more });

describe('an inline batch', () => {
  it('is stored with its lane, its budget and its jobs, in progress', async () => {
    const report = await create([good('a'), good('b')], { capNanoUsd: parseUsd('1.5'), name: 'boats' });

    if (report.kind !== 'created') throw new Error(report.kind);
    const { prisma } = intake.context.db;
    const where = { where: { id: report.batchId } };
    expect(await prisma.batch.findUnique(where)).toMatchObject({
      state: 'in_progress',
      name: 'boats',
      estimated_nano_usd: 810_000_000n,
    });
    expect(await prisma.lane.findUnique(where)).toMatchObject({
      batch_id: report.batchId,
      project_id: intake.projectId,
    });
    expect(await prisma.budget.findFirst({ where: { scope: `batch:${report.batchId}` } })).toMatchObject({
      limit_nano_usd: 1_500_000_000n,
    });
    const { jobs } = await accountOf(intake.context, report.batchId);
    expect(jobs.map(({ rowNo, customId }) => [rowNo, customId])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  it('in best effort starts its good rows and keeps the bad ones', async () => {
    const report = await create([good('a'), bad, good('a'), 'no row at all', good('b')], { start: 'confirm' });

    if (report.kind !== 'created') throw new Error(report.kind);
    const { state, jobs, rejected } = await accountOf(intake.context, report.batchId);
    expect(state).toBe('awaiting_confirmation');
    expect(jobs.map(({ rowNo }) => rowNo)).toEqual([1, 5]);
    expect(rejected.map(({ rowNo, code }) => [rowNo, code])).toEqual([
      [2, 'required'],
      [3, 'duplicate_custom_id'],
      [4, 'not_an_object'],
    ]);
  });

  it('in best effort without a good row is stored as failed, and says why', async () => {
    const report = await create([bad, bad]);

    if (report.kind !== 'created') throw new Error(report.kind);
    const { state, problem, rejected } = await accountOf(intake.context, report.batchId);
    expect({ state, code: problem?.code, rejected: rejected.length }).toEqual({
      state: 'failed',
      code: 'no_valid_rows',
      rejected: 2,
    });
  });

  it('that is strict is refused whole, pointing at every fault', async () => {
    const report = await create([good('a'), bad, { ...good('c'), priorty: 5 }], { mode: 'strict' });

    expect(report.kind).toBe('invalid');
    expect(report.kind === 'invalid' && report.problems.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/rows/1/input/prompt', 'required'],
      ['/rows/1/input/num_frames', 'out_of_range'],
      ['/rows/2/priorty', 'unknown_field'],
    ]);
    expect(await intake.context.db.prisma.batch.count()).toBe(0);
  });

  it.each([
    ['no rows', [], '/rows'],
    ['more rows than are taken inline', Array.from({ length: 10_001 }, () => good('x')), '/rows'],
  ])('with %s is refused', async (_, rows, pointer) => {
    expect(await create(rows)).toMatchObject({ kind: 'invalid', problems: [{ pointer }] });
  });

  it('takes ten thousand rows', async () => {
    const report = await create(Array.from({ length: 10_000 }, (_, i) => good(`r${i}`)));

    if (report.kind !== 'created') throw new Error(report.kind);
    expect((await accountOf(intake.context, report.batchId)).jobs).toHaveLength(10_000);
  });

  it.each(['discard', 'throw'] as const)('leaves nothing when its door says %s', async (verdict) => {
    const beforeCommit = async () => {
      if (verdict === 'throw') throw new Error('claim lost');
      return verdict;
    };

    const report = await create([good('a')], { beforeCommit }).catch((error: Error) => error.message);

    expect(report).toEqual(verdict === 'throw' ? 'claim lost' : { kind: 'discarded' });
    expect(await intake.context.db.prisma.batch.count()).toBe(0);
  });
});

describe('a single job', () => {
  it("without a key is stored in its project's own lane", async () => {
    const requests = [1, 2].map((n) =>
      createJob(intake.context, {
        projectId: intake.projectId,
        ...TERMS,
        customId: `c${n}`,
        input: good('').input,
        maxCost: '0.5',
      }),
    );

    const reports = await Promise.all(requests);

    const jobs = await intake.context.db.prisma.job.findMany();
    expect(jobs.map(({ id }) => id).sort()).toEqual(
      reports.map((report) => report.kind === 'created' && report.jobId).sort(),
    );
    expect(jobs[0]).toMatchObject({
      lane_id: intake.projectId,
      batch_id: null,
      row_no: 0n,
      max_cost_nano_usd: 500_000_000n,
    });
  });

  it('is refused with a pointer at every fault', async () => {
    const input = { video_url: 'ftp://x', promt: 'a' };

    const report = await createJob(intake.context, { projectId: intake.projectId, input, priority: 101 });

    expect(report.kind === 'invalid' && report.problems.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/priority', 'invalid_priority'],
      ['/input/video_url', 'invalid_url'],
      ['/input/prompt', 'required'],
      ['/input/promt', 'unknown_field'],
    ]);
  });
});
