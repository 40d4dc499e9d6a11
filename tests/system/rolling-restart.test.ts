import { eventually, makeBatch } from '@reelay/testkit';
import { afterEach, expect, it } from 'vitest';
import { countJobs, expectBooksToAgree, untilBatchEnds } from './harness/claims.ts';
import { type System, startSystem } from './harness/start-system.ts';

const JOBS = 90;
const SLOTS = 6;
const DRAIN_MS = 5_000;

let system: System;
afterEach(() => system?.stop());

const succeeded = async (batchId: string) => (await countJobs(system, batchId)).succeeded ?? 0;

/** The longest time for which nothing ran at the provider between its first start and its last. */
function longestIdleMs(): number {
  const runs = system.sim
    .ledger()
    .flatMap(({ started_at, finished_at }) => (started_at && finished_at ? [[started_at, finished_at]] : []))
    .map(([start = '', end = '']) => ({ start: Date.parse(start), end: Date.parse(end) }))
    .toSorted((a, b) => a.start - b.start);
  let busyUntil = runs[0]?.end ?? 0;
  let idle = 0;
  for (const { start, end } of runs) {
    idle = Math.max(idle, start - busyUntil);
    busyUntil = Math.max(busyUntil, end);
  }
  return idle;
}

it('restarting the workers one after the other under load leaves the slots in use and takes no attempt for unknown', async () => {
  const env = { REELAY_DRAIN_MS: String(DRAIN_MS) };
  system = await startSystem({ speed: 60, inFlightMax: SLOTS, timeScale: 200, workers: 2, env });
  const { batchId } = await makeBatch(system.db, { jobs: JOBS });

  for (const worker of [...system.workers]) {
    const before = await succeeded(batchId);
    await eventually(async () => (await succeeded(batchId)) >= before + 10, { timeoutMs: 60_000 });
    await worker.kill('SIGTERM');
    expect(worker.exitCode()).toBe(0);
    await system.startWorker();
  }
  const counts = await untilBatchEnds(system, { id: batchId, jobs: JOBS }, 120_000);

  expect(counts).toEqual({ succeeded: JOBS });
  expect(await system.db.prisma.attempt.count({ where: { unknown_at: { not: null } } })).toBe(0);
  expect(system.sim.ledger()).toHaveLength(JOBS);
  expect(longestIdleMs()).toBeLessThan(DRAIN_MS);
  await expectBooksToAgree(system);
});
