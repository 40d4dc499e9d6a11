import { setInFlightMax } from '@reelay/db';
import {
  createBatch,
  createJob,
  dispatch,
  getBatch,
  patrol,
  retryBatch,
  retryJob,
  settleAttempt,
  submitAttempt,
} from '@reelay/engine';
import { eventually, makeProject, TEST_INPUT } from '@reelay/testkit';
import { beforeEach, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

/** A 422 is billed in full: every attempt costs 8 cents and brings nothing. */
const engine = useEngine({ inFlightMax: 2, bill422: 1 });
const prisma = () => engine.context.db.prisma;
const jobRow = (id: string) => prisma().job.findUniqueOrThrow({ where: { id } });

let projectId: string;
beforeEach(async () => {
  projectId = await makeProject(engine.context.db);
  engine.sim.setFaults({ 'run.fail_422': 1 });
});

async function runAll(): Promise<void> {
  const ids = await engine.reserve();
  for (const id of ids) await submitAttempt(engine.context, id);
  for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
}

async function submit(maxCost: string): Promise<string> {
  const report = await createJob(engine.context, { projectId, input: TEST_INPUT, maxCost });
  if (report.kind !== 'created') throw new Error(JSON.stringify(report));
  return report.jobId;
}

const spent = async () => {
  const sum = await prisma().ledgerEntry.aggregate({ where: { kind: 'charge' }, _sum: { amount_nano_usd: true } });
  return sum._sum.amount_nano_usd;
};

it('a job is retried as far as its max_cost reaches, and no further', async () => {
  const [one, two] = [await submit('0.1'), await submit('0.16')];
  await runAll();

  expect(await retryJob(engine.context, { projectId, jobId: one })).toMatchObject({
    kind: 'invalid',
    problems: [
      {
        code: 'max_cost_exceeded',
        message: expect.stringMatching(/\$0\.08 beside the \$0\.08 .* max_cost of \$0\.1/),
      },
    ],
  });
  expect(await retryJob(engine.context, { projectId, jobId: two })).toEqual({ kind: 'done' });
  await runAll();
  expect(await retryJob(engine.context, { projectId, jobId: two })).toMatchObject({ kind: 'invalid' });
  expect(await spent()).toBe(240_000_000n);
});

it('a bulk retry leaves out the rows whose max_cost has no room, says how many, and keeps why they failed', async () => {
  const terms = { projectId, mode: 'best_effort', onUnknown: 'review' } as const;
  const rows = ['0.1', '0.1', '0.1', '0.1', '1'].map((max_cost) => ({ input: TEST_INPUT, max_cost }));
  const made = await createBatch(engine.context, { ...terms, rows });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  const target = { projectId, batchId: made.batchId };
  for (let round = 0; round < 3; round++) await runAll();
  engine.sim.setFaults({});
  const wanted = { kind: 'done', retried: 1, skippedInvalid: 4, estimatedNanoUsd: 80_000_000n };
  expect(await retryBatch(engine.context, { ...target, dryRun: true })).toMatchObject(wanted);
  expect(await retryBatch(engine.context, target)).toMatchObject(wanted);

  await runAll();
  await patrol(engine.context);

  expect(await getBatch(engine.context, target)).toMatchObject({
    status: 'completed',
    request_counts: { succeeded: 1, failed: 4 },
  });
  const failed = await prisma().job.findMany({ where: { status: 'failed' } });
  for (const { error } of failed) expect(error).toMatchObject({ code: 'media_unreachable' });
  expect(await spent()).toBe(480_000_000n);
});

it("a batch's estimate and worst case keep what earlier runs have cost, and end at max_cost", async () => {
  const terms = { projectId, mode: 'best_effort', onUnknown: 'review' } as const;
  const rows = ['0.1', '1'].map((max_cost) => ({ input: TEST_INPUT, max_cost }));
  const made = await createBatch(engine.context, { ...terms, rows });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  const target = { projectId, batchId: made.batchId };
  const costOf = async () => (await getBatch(engine.context, target))?.cost;
  // Three attempts for the one, one for the other.
  expect(await costOf()).toMatchObject({ estimated: '0.16', worst_case: '0.32' });

  await runAll();
  await retryBatch(engine.context, { ...target, inputPatch: { num_frames: 17 } });

  expect(await costOf()).toMatchObject({ estimated: '0.2025', worst_case: '0.2875' });
});

it('a bulk retry that no row has room for, or whose input fits none, is refused and opens nothing', async () => {
  const terms = { projectId, mode: 'best_effort', onUnknown: 'review' } as const;
  const made = await createBatch(engine.context, { ...terms, rows: [{ input: TEST_INPUT, max_cost: '0.1' }] });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  const target = { projectId, batchId: made.batchId };
  await runAll();
  await patrol(engine.context);

  expect(await retryBatch(engine.context, target)).toMatchObject({
    kind: 'invalid',
    problems: [{ code: 'max_cost_exceeded' }],
  });
  expect(await retryBatch(engine.context, { ...target, inputPatch: { num_frames: 5_000 } })).toMatchObject({
    kind: 'invalid',
    problems: [{ pointer: '/input/num_frames' }],
  });
  expect(await getBatch(engine.context, target)).toMatchObject({ status: 'completed', request_counts: { failed: 1 } });
});

it('a job at its max_cost does not keep the next one of its lane waiting', async () => {
  const one = await submit('0.1');
  await runAll();
  await prisma().$executeRaw`UPDATE jobs SET status = 'queued', run = run + 1, finished_at = NULL WHERE id = ${one}`;
  await submit('0.1');

  expect((await dispatch(engine.context)).reserved).toBe(1);
  expect(await jobRow(one)).toMatchObject({ status: 'failed', error: { code: 'max_cost_exceeded' } });
});

it('any number of rows at their max_cost are ended a few hundred at a time, in one statement, beside work that goes on', async () => {
  const terms = { projectId, mode: 'best_effort', onUnknown: 'review' } as const;
  const rows = Array.from({ length: 1_200 }, () => ({ input: TEST_INPUT, max_cost: '0.1' }));
  const made = await createBatch(engine.context, { ...terms, rows });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  await setInFlightMax(engine.context.db, 2_000);
  await prisma().$executeRaw`ALTER TABLE jobs DROP CONSTRAINT jobs_estimate_within_max_cost`;
  await prisma().$executeRaw`UPDATE jobs SET max_cost_nano_usd = 1 WHERE status = 'queued'`;
  await submit('0.1');

  const failed: number[] = [];
  for (let run = 0; run < 3; run++) {
    const before = await prisma().job.count({ where: { status: 'failed' } });
    const { reserved } = await dispatch(engine.context);
    expect(reserved).toBe(run === 0 ? 1 : 0);
    failed.push((await prisma().job.count({ where: { status: 'failed' } })) - before);
  }
  expect(failed).toEqual([500, 500, 200]);
});
