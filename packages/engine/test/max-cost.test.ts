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

it('rows that a bulk retry opened again fail where their max_cost has no room, and hold up nothing', async () => {
  const terms = { projectId, mode: 'best_effort', onUnknown: 'review' } as const;
  const rows = ['0.1', '0.1', '0.1', '0.1', '1'].map((max_cost) => ({ input: TEST_INPUT, max_cost }));
  const made = await createBatch(engine.context, { ...terms, rows });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  const target = { projectId, batchId: made.batchId };
  for (let round = 0; round < 3; round++) await runAll();
  engine.sim.setFaults({});
  expect(await retryBatch(engine.context, target)).toMatchObject({ kind: 'done', retried: 5 });

  for (let round = 0; round < 3; round++) await runAll();
  await patrol(engine.context);

  expect(await getBatch(engine.context, target)).toMatchObject({
    status: 'completed',
    request_counts: { succeeded: 1, failed: 4 },
  });
  const failed = await prisma().job.findMany({ where: { status: 'failed' } });
  for (const { error } of failed) expect(error).toMatchObject({ code: 'max_cost_exceeded', retryable: false });
  expect(await spent()).toBe(480_000_000n);
});

it('a job at its max_cost does not keep the next one of its lane waiting', async () => {
  const one = await submit('0.1');
  await runAll();
  await prisma().$executeRaw`UPDATE jobs SET status = 'queued', run = run + 1, finished_at = NULL WHERE id = ${one}`;
  await submit('0.1');

  expect((await dispatch(engine.context)).reserved).toBe(1);
  expect(await jobRow(one)).toMatchObject({ status: 'failed', error: { code: 'max_cost_exceeded' } });
});
