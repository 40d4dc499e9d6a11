import { describe, expect, it } from 'vitest';
import {
  cancel,
  eventually,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  read,
  readJson,
  startReceiver,
  startSim,
  statusOf,
  submit,
} from './harness.ts';

describe('run faults', () => {
  it('run.fail_500 ends a run with a retryable model error, free of charge', async () => {
    const sim = await startSim({ faults: { 'run.fail_500': 1 } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const status = await readJson(read(sim, requestId, '/status'));
    const result = await read(sim, requestId);

    expect(status.status).toBe('COMPLETED');
    expect(result.status).toBe(500);
    expect(result.headers.get('x-fal-retryable')).toBe('true');
    expect((await readJson(result)).detail).toMatchObject([{ type: 'internal_server_error' }]);
    expect(lineOf(sim, requestId)).toMatchObject({ status: 'errored', billed_nano_usd: 0 });
  });

  it.each([
    ['run.fail_422', 'file_download_error'],
    ['run.content_policy', 'content_policy_violation'],
  ])('%s ends a run with 422 %s, which may be billed', async (fault, type) => {
    const sim = await startSim({ faults: { [fault]: 1 }, bill422: 0.5 });
    const requestId = await submit(sim, inputOf({ num_frames: 81 }));
    sim.advanceClock(LONGEST_RUN_MS);

    const result = await read(sim, requestId);

    expect(result.status).toBe(422);
    expect(result.headers.get('x-fal-retryable')).toBe('false');
    expect(result.headers.get('x-fal-billable-units')).toBe('2.53125');
    expect((await readJson(result)).detail).toMatchObject([{ type }]);
    expect(lineOf(sim, requestId).billed_nano_usd).toBe(202_500_000);
  });

  it('run.requeue takes a request back into the queue and runs it again under a new gateway id', async () => {
    const sim = await startSim({ faults: { 'run.requeue': 1 } });
    const receiver = await startReceiver();
    const requestId = await submit(sim, inputOf(), receiver);
    const seen: unknown[] = [];

    for (let step = 0; step < 400 && seen.at(-1) !== 'COMPLETED'; step += 1) {
      const status = await statusOf(sim, requestId);
      if (status !== seen.at(-1)) seen.push(status);
      sim.advanceClock(2_000);
    }

    expect(seen).toEqual(['IN_PROGRESS', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']);
    const [callback] = await receiver.waitFor(1);
    expect(callback?.json.request_id).toBe(requestId);
    expect(callback?.json.gateway_request_id).not.toBe(requestId);
    expect(lineOf(sim, requestId)).toMatchObject({ http_status: 200, billed_nano_usd: 85_000_000 });
  });

  it('run.requeue fails a request that forbids retries with 503, free of charge', async () => {
    const sim = await startSim({ faults: { 'run.requeue': 1 } });
    const requestId = await submit(sim, inputOf(), { headers: { 'x-fal-no-retry': '1' } });
    sim.advanceClock(LONGEST_RUN_MS);

    const result = await read(sim, requestId);

    expect(result.status).toBe(503);
    expect(result.headers.get('x-fal-error-type')).toBe('runner_disconnected');
    expect(lineOf(sim, requestId).billed_nano_usd).toBe(0);
  });

  it('run.requeue meets the start timeout when that has passed meanwhile', async () => {
    const sim = await startSim({ faults: { 'run.requeue': 1 } });
    const requestId = await submit(sim, inputOf(), { headers: { 'x-fal-request-start-timeout': '10' } });
    sim.advanceClock(LONGEST_RUN_MS);

    expect((await read(sim, requestId)).status).toBe(504);
  });

  it('run.slow multiplies the run time', async () => {
    const timeOf = async (faults: { 'run.slow'?: { p: number; factor: number } }) => {
      const sim = await startSim({ faults });
      const requestId = await submit(sim);
      sim.advanceClock(4 * LONGEST_RUN_MS);
      const { metrics } = await readJson(read(sim, requestId, '/status'));
      return (metrics as { inference_time: number }).inference_time;
    };

    expect(await timeOf({ 'run.slow': { p: 1, factor: 3 } })).toBeCloseTo(3 * (await timeOf({})), 1);
  });

  it('run.stuck never finishes, holds its slot, and yields to a cancel', async () => {
    const sim = await startSim({ faults: { 'run.stuck': 1 }, concurrency: 1 });
    const stuck = await submit(sim, inputOf({ seed: 1 }));
    const waiting = await submit(sim, inputOf({ seed: 2 }));

    sim.advanceClock(100 * LONGEST_RUN_MS);
    const before = await Promise.all([statusOf(sim, stuck), statusOf(sim, waiting)]);
    await cancel(sim, stuck);
    sim.advanceClock(1_000);

    expect(before).toEqual(['IN_PROGRESS', 'IN_QUEUE']);
    expect(lineOf(sim, stuck).http_status).toBe(499);
    expect(await statusOf(sim, waiting)).toBe('IN_PROGRESS');
  });

  it('run.units_factor multiplies units and bill alike', async () => {
    const sim = await startSim({ faults: { 'run.units_factor': { p: 1, factor: 3 } } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const result = await read(sim, requestId);

    expect(result.headers.get('x-fal-billable-units')).toBe('3.1875');
    expect(lineOf(sim, requestId).billed_nano_usd).toBe(255_000_000);
  });
});

describe('status faults', () => {
  it('status.error_500 answers 500 and leaves the request alone', async () => {
    const sim = await startSim({ faults: { 'status.error_500': 1 } });
    const requestId = await submit(sim);

    const broken = await read(sim, requestId, '/status');
    sim.setFaults({});

    expect(broken.status).toBe(500);
    expect(await statusOf(sim, requestId)).toBe('IN_PROGRESS');
  });

  it('status.slow delays the answer in real time', async () => {
    const sim = await startSim({ speed: 1_000, faults: { 'status.slow': { p: 1, ms: 200 } } });
    const requestId = await submit(sim);
    const startedAt = performance.now();

    await read(sim, requestId, '/status');

    expect(performance.now() - startedAt).toBeGreaterThan(190);
  });
});

describe('result faults', () => {
  it('result.early_400 says once that a completed request still runs', async () => {
    const sim = await startSim({ faults: { 'result.early_400': 1 } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const first = await read(sim, requestId);
    const toldAfterFirst = lineOf(sim, requestId).told_at;
    const second = await read(sim, requestId);

    expect([first.status, second.status]).toEqual([400, 200]);
    expect(await first.json()).toEqual({ detail: 'Request is still in progress' });
    expect(toldAfterFirst).toBeNull();
  });

  it('result.error_504_after_completed answers one or two gateway pages, then the result', async () => {
    const sim = await startSim({ faults: { 'result.error_504_after_completed': 1 }, concurrency: 20 });
    const ids = await Promise.all(Array.from({ length: 20 }, (_, seed) => submit(sim, inputOf({ seed }))));
    sim.advanceClock(LONGEST_RUN_MS);

    const failuresOf = async (requestId: string) => {
      for (let failures = 0; ; failures += 1) {
        const answer = await read(sim, requestId);
        if (answer.status === 200) return failures;
        expect([answer.status, answer.headers.get('content-type')]).toEqual([504, 'text/html']);
        expect(answer.headers.get('x-fal-request-id')).toBeNull();
        expect(lineOf(sim, requestId).told_at).toBeNull();
      }
    };

    expect(new Set(await Promise.all(ids.map(failuresOf)))).toEqual(new Set([1, 2]));
  });

  it('result.expired_404 has lost the result of a request that was billed', async () => {
    const sim = await startSim({ faults: { 'result.expired_404': 1 } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const statuses = [(await read(sim, requestId)).status, (await read(sim, requestId)).status];

    expect(statuses).toEqual([404, 404]);
    expect(lineOf(sim, requestId)).toMatchObject({ billed_nano_usd: 85_000_000, told_at: null });
  });

  it('result.no_units leaves the units out and bills all the same', async () => {
    const sim = await startSim({ faults: { 'result.no_units': 1 } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const answer = await read(sim, requestId);

    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-fal-billable-units')).toBeNull();
    expect(lineOf(sim, requestId)).toMatchObject({ billed_nano_usd: 85_000_000, billable_units: '1.0625' });
  });

  it('result.truncated breaks off and counts as not told', async () => {
    const sim = await startSim({ faults: { 'result.truncated': 1 } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const answer = await read(sim, requestId);

    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(lineOf(sim, requestId).told_at).toBeNull();
  });
});

describe('a request that is cancelled while its runner is lost', () => {
  it('ends with 499 and is not run again', async () => {
    const sim = await startSim({ faults: { 'run.requeue': 1 } });
    const requestId = await submit(sim);
    await eventually(async () => {
      sim.advanceClock(1_000);
      expect(await statusOf(sim, requestId)).toBe('IN_QUEUE');
    });

    await cancel(sim, requestId);
    sim.advanceClock(LONGEST_RUN_MS);

    expect(lineOf(sim, requestId)).toMatchObject({ status: 'cancelled', http_status: 499 });
    expect(sim.summary()).toMatchObject({ running: 0, queued: 0, cancelled: 1 });
  });
});
