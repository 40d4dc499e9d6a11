import { describe, expect, it } from 'vitest';
import { cancel, inputOf, LONGEST_RUN_MS, lineOf, read, readJson, startSim, statusOf, submit } from './harness.ts';

describe('the queue', () => {
  it('never runs more than the concurrency, first in first out', async () => {
    const sim = await startSim({ concurrency: 3 });
    const ids: string[] = [];
    for (let seed = 0; seed < 10; seed += 1) ids.push(await submit(sim, inputOf({ seed })));

    const states = await Promise.all(ids.map((id) => statusOf(sim, id)));
    sim.advanceClock(5 * LONGEST_RUN_MS);

    expect(states).toEqual([...Array(3).fill('IN_PROGRESS'), ...Array(7).fill('IN_QUEUE')]);
    expect(sim.summary()).toMatchObject({ completed: 10, max_in_progress: 3 });
    const starts = sim.ledger().map((line) => line.started_at ?? '');
    expect(starts).toEqual(starts.toSorted());
  });

  it('lets low priority wait behind everybody else', async () => {
    const sim = await startSim({ concurrency: 1 });
    await submit(sim, inputOf({ seed: 1 }));
    const low = await submit(sim, inputOf({ seed: 2 }), { headers: { 'x-fal-queue-priority': 'low' } });
    const normal = await submit(sim, inputOf({ seed: 3 }), { headers: { 'x-fal-queue-priority': 'normal' } });

    const positions = await Promise.all(
      [low, normal].map(async (id) => (await readJson(read(sim, id, '/status'))).queue_position),
    );

    expect(positions).toEqual([1, 0]);
  });
});
describe('start timeout', () => {
  it.each(['x-fal-request-start-timeout', 'x-fal-request-timeout'])(
    'from %s ends a queued request with 504, free of charge',
    async (name) => {
      const sim = await startSim({ concurrency: 1 });
      await submit(sim, inputOf({ seed: 1 }));
      const waiting = await submit(sim, inputOf({ seed: 2 }), { headers: { [name]: '20.5' } });

      sim.advanceClock(20_000);
      const before = await statusOf(sim, waiting);
      sim.advanceClock(1_000);
      const result = await read(sim, waiting);

      expect(before).toBe('IN_QUEUE');
      expect(result.status).toBe(504);
      expect(result.headers.get('x-fal-request-timeout-type')).toBe('user');
      expect(result.headers.get('x-fal-error-type')).toBe('startup_timeout');
      expect(lineOf(sim, waiting)).toMatchObject({
        status: 'errored',
        http_status: 504,
        billed_nano_usd: 0,
        started_at: null,
      });
    },
  );

  it('does not touch a request that has started', async () => {
    const sim = await startSim();
    const requestId = await submit(sim, inputOf(), { headers: { 'x-fal-request-start-timeout': '2' } });

    sim.advanceClock(LONGEST_RUN_MS);

    expect((await read(sim, requestId)).status).toBe(200);
  });
});

describe('cancel', () => {
  it('removes a queued request, which then shows 499 and cost nothing', async () => {
    const sim = await startSim({ concurrency: 1, bill499: 1 });
    await submit(sim, inputOf({ seed: 1 }));
    const queued = await submit(sim, inputOf({ seed: 2 }));

    const answer = await cancel(sim, queued);
    const result = await read(sim, queued);

    expect([answer.status, await answer.json()]).toEqual([200, { status: 'OK' }]);
    expect(result.status).toBe(499);
    expect(result.headers.get('x-fal-error-type')).toBe('client_cancelled');
    expect(lineOf(sim, queued)).toMatchObject({ status: 'cancelled', http_status: 499, billed_nano_usd: 0 });
  });

  it('asks a running request to stop, which then ends with 499', async () => {
    const sim = await startSim({ bill499: 0.5 });
    const requestId = await submit(sim);

    const answer = await cancel(sim, requestId);
    const still = await statusOf(sim, requestId);
    sim.advanceClock(1_000);
    const result = await read(sim, requestId);

    expect([answer.status, await answer.json()]).toEqual([202, { status: 'CANCELLATION_REQUESTED' }]);
    expect(still).toBe('IN_PROGRESS');
    expect(result.status).toBe(499);
    expect(result.headers.get('x-fal-billable-units')).toBe('0.53125');
    expect(lineOf(sim, requestId)).toMatchObject({ status: 'cancelled', billed_nano_usd: 42_500_000 });
  });

  it('comes too late for a finished request', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const answer = await cancel(sim, requestId);

    expect([answer.status, await answer.json()]).toEqual([400, { status: 'ALREADY_COMPLETED' }]);
    expect((await cancel(sim, 'nobody')).status).toBe(404);
  });
});
