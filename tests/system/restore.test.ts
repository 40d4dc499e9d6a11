import { copyTestDatabase, eventually, makeBatch, type TestDatabase } from '@reelay/testkit';
import { afterEach, expect, it } from 'vitest';
import { countJobs, expectBooksToAgree, untilBatchEnds } from './harness/claims.ts';
import { type System, type SystemOptions, startSystem } from './harness/start-system.ts';

const JOBS = 60;
const OPTIONS: SystemOptions = { speed: 60, inFlightMax: 8, timeScale: 400 };

let system: System;
let lost: TestDatabase | undefined;
afterEach(async () => {
  await system?.stop();
  await lost?.drop();
});

const untilSucceeded = (batchId: string, jobs: number) =>
  eventually(async () => ((await countJobs(system, batchId)).succeeded ?? 0) >= jobs, { timeoutMs: 60_000 });

it('a database restored from a backup, observed first, buys nothing again of what was sent since', async () => {
  system = await startSystem(OPTIONS);
  const { sim } = system;
  const { batchId } = await makeBatch(system.db, { jobs: JOBS });
  await untilSucceeded(batchId, 10);
  await system.kill();
  const backup = await copyTestDatabase(system.database);

  // The disaster comes later: what happens until then is in no backup.
  lost = system.database;
  system = await startSystem({ ...OPTIONS, inherit: { database: lost, sim } });
  await untilSucceeded(batchId, 30);
  await system.kill();
  const bought = sim.ledger().length;

  const env = { REELAY_OBSERVE: '1' };
  system = await startSystem({ ...OPTIONS, env, inherit: { database: backup, sim } });
  expect(await countJobs(system, batchId)).not.toMatchObject({ succeeded: 30 });
  const counts = await untilBatchEnds(system, { id: batchId, jobs: JOBS }, 120_000);

  expect(bought).toBeGreaterThanOrEqual(30);
  // A sender that was killed before its first byte leaves a job that only a person can judge.
  expect((counts.succeeded ?? 0) + (counts.needs_review ?? 0)).toBe(JOBS);
  expect(sim.ledger()).toHaveLength(counts.succeeded ?? 0);
  await expectBooksToAgree(system);
});
