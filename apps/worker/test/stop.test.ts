import type { Context } from '@reelay/engine';
import { createTaskProducer, prepareBackend } from '@reelay/queue';
import { eventually, makeBatch } from '@reelay/testkit';
import { expect, it } from 'vitest';
import { useEngine } from '../../../packages/engine/test/use-engine.ts';
import { startWorker } from '../src/start-worker.ts';

const JOBS = 200;
const engine = useEngine({ inFlightMax: JOBS });

it('a worker that is stopped sends nothing more, though a question to the platform never ends', async () => {
  await makeBatch(engine.context.db, { jobs: JOBS });
  const backend = { kind: 'postgres', url: engine.context.db.url } as const;
  await prepareBackend(backend);
  const queue = createTaskProducer(backend, () => {});
  let asked = false;
  const fal: Context['fal'] = {
    ...engine.context.fal,
    readUnitPrices: () => {
      asked = true;
      return new Promise(() => {});
    },
  };
  const worker = startWorker({ ...engine.context, fal, queue }, { backend, submitsPerSecond: 20 });
  await eventually(() => asked && engine.sim.ledger().length > 0);

  await worker.close(500);

  const sent = engine.sim.ledger().length;
  expect(sent).toBeLessThan(JOBS);
  const states = await engine.context.db.prisma.attempt.groupBy({ by: ['state'], _count: true });
  expect(states.find(({ state }) => state === 'sending')).toBeUndefined();
  await queue.close();
});
