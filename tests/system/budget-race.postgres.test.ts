import { type BudgetPeriod, parseUsd } from '@reelay/core';
import { setDeploymentLimit, setInFlightMax } from '@reelay/db';
import { changeBatch, createApiKey, setBudget } from '@reelay/engine';
import { type FalSim, startFalSim } from '@reelay/fal-sim';
import {
  createTestContext,
  createTestDatabase,
  eventually,
  makeBatch,
  makeProject,
  type TestContext,
  type TestDatabase,
} from '@reelay/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildOnce } from './harness/build-once.ts';
import { startHourAnew } from './harness/fix-clock.ts';
import { type Process, spawnProcess } from './harness/spawn-process.ts';

const ROWS = 10_000;
const PROCESSES = 4;
/** Rows of four prices in turn: $0.08, $0.805, $0.0425 and $0.2025. */
const INPUTS = [{ num_frames: 32 }, { num_frames: 161, resolution: '720p' }, { num_frames: 17 }, { num_frames: 81 }];
const PRICES = ['0.08', '0.805', '0.0425', '0.2025'].map((usd) => parseUsd(usd) ?? 0n);

const priceOf = (jobs: number) =>
  Array.from({ length: jobs }, (_, row) => PRICES[row % PRICES.length] ?? 0n).reduce((sum, price) => sum + price, 0n);

let database: TestDatabase;
let sim: FalSim;
let context: TestContext;
let fleet: Process[];

beforeEach(async () => {
  await buildOnce();
  [database, sim] = await Promise.all([
    createTestDatabase(),
    startFalSim({ speed: 10_000, retentionSeconds: 10_000_000 }),
  ]);
  await startHourAnew(database);
  context = createTestContext({ databaseUrl: database.url, falUrl: sim.url });
  await setInFlightMax(context.db, 60);
});
afterEach(async () => {
  await Promise.all(fleet.map((one) => one.kill('SIGKILL')));
  await sim.close();
  await context.close();
  await database.drop();
});

interface Stage {
  readonly projectId: string;
  readonly batchId: string;
  readonly apiKeyId: string;
}

async function makeStage(): Promise<Stage> {
  const projectId = await makeProject(context.db);
  await createApiKey(context, { projectId, name: 'test', pepper: 'a-pepper-for-tests-only-00000000000' });
  const { id: apiKeyId } = await context.db.prisma.apiKey.findFirstOrThrow();
  const { batchId } = await makeBatch(context.db, { jobs: INPUTS.length, inputs: INPUTS, projectId, apiKeyId });
  await context.db.prisma.$executeRaw`
    INSERT INTO jobs (id, project_id, batch_id, lane_id, api_key_id, row_no, model, input, max_attempts, estimated_nano_usd, price_version)
    SELECT 'job_' || lpad(row::text, 26, '0'), project_id, batch_id, lane_id, api_key_id, row, model, input, max_attempts,
      estimated_nano_usd, price_version
    FROM generate_series(${INPUTS.length + 1}::int, ${ROWS}::int) AS row
    JOIN jobs j ON j.row_no = (row - 1) % ${INPUTS.length}::int + 1`;
  return { projectId, batchId, apiKeyId };
}

type Limit = (stage: Stage, nanoUsd: bigint) => Promise<unknown>;

const scoped =
  (scope: (stage: Stage) => string, period: BudgetPeriod): Limit =>
  (stage, limitNanoUsd) =>
    setBudget(context, { projectId: stage.projectId, scope: scope(stage), period, limitNanoUsd });
const cap: Limit = (stage, capNanoUsd) => changeBatch(context, { ...stage, capNanoUsd });
const key = scoped(({ apiKeyId }) => `key:${apiKeyId}`, 'total');
const projectHour = scoped(() => 'project', 'hour');
const deployment: Limit = (_, nanoUsd) => setDeploymentLimit(context.db, nanoUsd);
const all: Limit = (stage, nanoUsd) =>
  Promise.all([cap, key, projectHour, deployment].map((limit) => limit(stage, nanoUsd)));

const dispatchesOf = (one: Process) => Number(one.output().match(/dispatches: (\d+)\s*$/)?.[1] ?? 0);

/** Until fal has that many and the batch has stopped; then every dispatcher tries once more or so. */
async function untilStopped({ batchId }: Stage, jobs: number): Promise<void> {
  await eventually(
    async () => {
      expect(sim.ledger().length).toBeGreaterThanOrEqual(jobs);
      expect(await context.db.prisma.batchPause.findMany({ where: { batch_id: batchId } })).toMatchObject([
        { reason: 'budget' },
      ]);
    },
    { timeoutMs: 150_000, intervalMs: 50 },
  );
  const done = fleet.map((one) => dispatchesOf(one));
  await eventually(async () => fleet.every((one, i) => dispatchesOf(one) >= (done[i] ?? 0) + 16), {
    timeoutMs: 60_000,
    intervalMs: 20,
  });
}

it.each([
  ["a batch's cap", cap],
  ["a key's budget", key],
  ["a project's budget for the hour", projectHour],
  ["the deployment's budget", deployment],
  ['all of them at once', all],
])(
  '64 dispatchers in 4 processes spend %s to the cent: 100 of 10,000 rows, and 7 more when it is raised',
  {
    timeout: 480_000,
  },
  async (_, limit) => {
    const stage = await makeStage();
    await limit(stage, priceOf(100));
    const env = { DATABASE_URL: database.url, FAL_QUEUE_URL: sim.url };
    fleet = await Promise.all(
      Array.from({ length: PROCESSES }, () =>
        spawnProcess('tests/system/harness/dispatch-fleet.mjs', env, /fleet started/),
      ),
    );

    await untilStopped(stage, 100);
    expect(sim.ledger()).toHaveLength(100);

    await limit(stage, priceOf(107));
    await untilStopped(stage, 107);
    expect(sim.ledger()).toHaveLength(107);
    expect(fleet.map((one) => one.exitCode())).toEqual([null, null, null, null]);
    const { _sum: spent } = await context.db.prisma.attempt.aggregate({ _sum: { reserved_nano_usd: true } });
    expect(spent.reserved_nano_usd).toBe(priceOf(107));
  },
);
