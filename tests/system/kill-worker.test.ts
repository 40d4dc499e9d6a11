import { eventually, makeBatch } from '@reelay/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { countAttempts, expectBooksToAgree, untilBatchEnds } from './harness/claims.ts';
import { type System, startSystem } from './harness/start-system.ts';

let system: System;
afterEach(() => system?.stop());

const JOBS = 90;
const KILLS = 3;
const TRIES_MAX = 20;

/** Kills the worker with SIGKILL at a moment with a request on the wire and one at fal; says whether it hit such a moment. */
async function killInFlight(): Promise<boolean> {
  const worker = system.workers.at(-1);
  await eventually(
    async () => {
      const { sending = 0, accepted = 0 } = await countAttempts(system);
      return sending >= 1 && accepted >= 1;
    },
    { timeoutMs: 60_000, intervalMs: 5 },
  );
  await worker?.kill('SIGKILL');
  const { sending = 0, accepted = 0 } = await countAttempts(system);
  await system.startWorker();
  return sending >= 1 && accepted >= 1;
}

describe('kill -9 of the worker, three times in one batch', () => {
  it('loses no job, pays none twice, and accounts for every cent', async () => {
    system = await startSystem({
      speed: 40,
      inFlightMax: 12,
      timeScale: 200,
      faults: { 'submit.hang_after_accept': { p: 0.4, ms: 700 } },
    });
    const { batchId } = await makeBatch(system.db, { jobs: JOBS });

    let hits = 0;
    for (let tries = 0; hits < KILLS && tries < TRIES_MAX; tries++) if (await killInFlight()) hits += 1;
    const counts = await untilBatchEnds(system, { id: batchId, jobs: JOBS }, 120_000);

    expect(hits).toBe(KILLS);
    expect((counts.succeeded ?? 0) + (counts.needs_review ?? 0)).toBe(JOBS);
    await expectBooksToAgree(system);
  });
});
