import { createBatch, dispatch, getBatch, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeProject, TEST_INPUT } from '@reelay/testkit';
import { expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const IN_FLIGHT_MAX = 10;
const WINDOW = 5;
const ATTEMPTS = 3;
/** A failed row is next in line at once: with a backoff the bound below would depend on the clock. */
const engine = useEngine({ inFlightMax: IN_FLIGHT_MAX, policy: { backoffMs: [0] } });

it('rows that fail with all their default attempts stop a batch by its error rate', { timeout: 120_000 }, async () => {
  engine.sim.setFaults({ 'run.fail_500': 1 });
  const projectId = await makeProject(engine.context.db);
  const rows = Array.from({ length: 100 }, () => ({ input: TEST_INPUT }));
  const terms = { mode: 'best_effort', onUnknown: 'review', pauseIf: { errorRate: 1, window: WINDOW } } as const;
  const report = await createBatch(engine.context, { projectId, rows, ...terms });
  if (report.kind !== 'created') throw new Error(JSON.stringify(report));

  for (let ids = await engine.reserve(); ids.length > 0; ids = engine.context.tasks.take('submit')) {
    for (const id of ids) await submitAttempt(engine.context, id);
    for (const id of ids) {
      await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
      await dispatch(engine.context);
    }
  }

  const batch = await getBatch(engine.context, { projectId, batchId: report.batchId });
  expect(batch).toMatchObject({ status: 'paused', pause_reason: 'error_rate', brakes: { error_rate: 1 } });
  expect(engine.sim.ledger().length).toBeLessThanOrEqual(ATTEMPTS * (WINDOW + IN_FLIGHT_MAX));
  const failed = await engine.context.db.prisma.job.findMany({ where: { status: 'failed' } });
  expect(failed.length).toBeGreaterThanOrEqual(WINDOW);
  for (const { attempts } of failed) expect(attempts).toBe(ATTEMPTS);
});
