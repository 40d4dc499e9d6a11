import { setInFlightMax } from '@reelay/db';
import type { Context } from '@reelay/engine';
import { type FalSim, startFalSim } from '@reelay/fal-sim';
import { createTaskProducer, prepareBackend } from '@reelay/queue';
import {
  createTestContext,
  createTestDatabase,
  eventually,
  makeBatch,
  type TestContext,
  type TestDatabase,
} from '@reelay/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startWorker } from '../src/start-worker.ts';

const JOBS = 200;

let sim: FalSim;
let database: TestDatabase;
let context: TestContext;
beforeEach(async () => {
  [sim, database] = await Promise.all([startFalSim({ speed: 10_000 }), createTestDatabase()]);
  context = createTestContext({ databaseUrl: database.url, falUrl: sim.url });
  await setInFlightMax(context.db, JOBS);
});
afterEach(async () => {
  await sim.close();
  await context.close();
  await database.drop();
});

it('a worker that is stopped sends nothing more, though a question to the platform never ends', async () => {
  await makeBatch(context.db, { jobs: JOBS });
  const backend = { kind: 'postgres', url: database.url } as const;
  await prepareBackend(backend);
  const queue = createTaskProducer(backend, () => {});
  let asked = false;
  const fal: Context['fal'] = {
    ...context.fal,
    readUnitPrices: () => {
      asked = true;
      return new Promise(() => {});
    },
  };
  const worker = startWorker({ ...context, fal, queue }, { backend, submitsPerSecond: 20 });
  await eventually(() => asked && sim.ledger().length > 0);

  await worker.close(500);

  expect(sim.ledger().length).toBeLessThan(JOBS);
  const states = await context.db.prisma.attempt.groupBy({ by: ['state'], _count: true });
  expect(states.find(({ state }) => state === 'sending')).toBeUndefined();
  await queue.close();
});
