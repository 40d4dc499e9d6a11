import { eventually, makeBatch } from '@reelay/testkit';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { countJobs, expectBooksToAgree, untilBatchEnds } from './harness/claims.ts';
import { type System, startSystem } from './harness/start-system.ts';

const JOBS = 80;
let system: System;
afterEach(() => system?.stop());

it('FLUSHALL in the middle of a batch loses nothing and pays nothing twice', async () => {
  system = await startSystem({ speed: 60, inFlightMax: 10, timeScale: 200 });
  const redis = new Redis(system.backend.url);
  const { batchId } = await makeBatch(system.db, { jobs: JOBS });

  for (const ended of [10, 30, 50]) {
    await eventually(async () => ((await countJobs(system, batchId)).succeeded ?? 0) >= ended, { timeoutMs: 60_000 });
    expect(Number(await redis.dbsize())).toBeGreaterThan(0);
    await redis.flushall();
  }
  const counts = await untilBatchEnds(system, { id: batchId, jobs: JOBS }, 120_000);
  redis.disconnect();

  expect(counts).toEqual({ succeeded: JOBS });
  await expectBooksToAgree(system);
});
