import { describe, expect, it } from 'vitest';
import {
  cancel,
  eventually,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  read,
  signingKeyOf,
  startReceiver,
  startSim,
  submit,
} from './harness.ts';

describe('a callback', () => {
  it('carries the output and a signature that the published key verifies', async () => {
    const sim = await startSim();
    const receiver = await startReceiver();
    const requestId = await submit(sim, inputOf({ seed: 5 }), receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    const [callback] = await receiver.waitFor(1);

    expect(callback?.json).toMatchObject({
      request_id: requestId,
      gateway_request_id: requestId,
      status: 'OK',
      payload: { seed: 5 },
    });
    expect(callback?.headers['x-fal-webhook-user-id']).toBe(sim.summary().webhook_user_id);
    expect(Math.abs(Number(callback?.headers['x-fal-webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(60);
    expect(callback && (await signingKeyOf(sim, callback))).toBe(0);
    expect(callback && (await signingKeyOf(sim, { ...callback, body: `${callback.body} ` }))).toBe(-1);
  });

  it('says ERROR with the detail when the request failed', async () => {
    const sim = await startSim();
    const receiver = await startReceiver();
    await submit(sim, { prompt: 'no video' }, receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    const [callback] = await receiver.waitFor(1);

    expect(callback?.json).toMatchObject({
      status: 'ERROR',
      error: 'Invalid status code: 422',
      payload: { detail: [{ loc: ['body', 'video_url'] }] },
    });
  });

  it('is signed with the new key after a rotation, while the old key stays published', async () => {
    const sim = await startSim();
    const receiver = await startReceiver();
    await submit(sim, inputOf({ seed: 1 }), receiver);
    sim.advanceClock(LONGEST_RUN_MS);
    await receiver.waitFor(1);

    await fetch(`${sim.url}/_sim/rotate-keys`, { method: 'POST' });
    await submit(sim, inputOf({ seed: 2 }), receiver);
    sim.advanceClock(LONGEST_RUN_MS);
    const callbacks = await receiver.waitFor(2);

    const signedWith = await Promise.all(callbacks.map((callback) => signingKeyOf(sim, callback)));
    const underHost = await fetch(`${sim.url}/_host/rest/.well-known/jwks.json`);
    expect(signedWith).toEqual([0, 1]);
    expect(await underHost.json()).toEqual(await (await fetch(sim.jwksUrl)).json());
  });

  it('is not sent for a request that was removed from the queue', async () => {
    const sim = await startSim({ concurrency: 1 });
    const receiver = await startReceiver();
    const first = await submit(sim, inputOf({ seed: 1 }), receiver);
    const queued = await submit(sim, inputOf({ seed: 2 }), receiver);

    await cancel(sim, queued);
    sim.advanceClock(2 * LONGEST_RUN_MS);

    await eventually(() => expect(lineOf(sim, first).told_at).not.toBeNull());
    expect(receiver.callbacks.map((callback) => callback.json.request_id)).toEqual([first]);
  });
});

describe('retries', () => {
  it('go on until somebody answers 2xx, each with a fresh signature', async () => {
    const sim = await startSim();
    const receiver = await startReceiver((nth) => (nth < 3 ? 500 : 204));
    const requestId = await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    for (let tries = 1; tries < 4; tries += 1) {
      await receiver.waitFor(tries);
      await eventually(() => {
        sim.advanceClock(10_000);
        expect(receiver.callbacks.length).toBeGreaterThan(tries);
      });
    }

    await eventually(() => expect(lineOf(sim, requestId).told_at).not.toBeNull());
    sim.advanceClock(3_600_000);
    expect(receiver.callbacks).toHaveLength(4);
    expect(await Promise.all(receiver.callbacks.map((callback) => signingKeyOf(sim, callback)))).toEqual([0, 0, 0, 0]);
    expect(sim.summary().webhooks).toMatchObject({ sent: 4, delivered: 1 });
  });

  it('end when the result has expired, and nobody counts as told', async () => {
    const sim = await startSim();
    const receiver = await startReceiver(() => 503);
    const requestId = await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    await eventually(() => {
      sim.advanceClock(20_000);
      expect(sim.summary().webhooks.given_up).toBe(1);
    });

    const { length } = receiver.callbacks;
    sim.advanceClock(3_600_000);
    expect(length).toBeGreaterThan(10);
    expect(length).toBeLessThanOrEqual(32);
    expect(sim.summary().webhooks).toMatchObject({ sent: length, delivered: 0 });
    expect(lineOf(sim, requestId).told_at).toBeNull();
  });

  it('do not follow a redirect, which ends the delivery for good', async () => {
    const sim = await startSim();
    const receiver = await startReceiver(() => 308);
    const requestId = await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);
    await receiver.waitFor(1);

    // A later callback shows that the clock has moved past every retry of the first.
    sim.advanceClock(1_800_000);
    const later = await submit(sim, inputOf({ seed: 9 }), receiver);
    sim.advanceClock(LONGEST_RUN_MS);
    await receiver.waitFor(2);

    expect(receiver.callbacks.map((callback) => callback.json.request_id)).toEqual([requestId, later]);
    expect(lineOf(sim, requestId).told_at).toBeNull();
  });

  it.each([
    [true, 2],
    [false, 1],
  ])('with restamping %s carry %i different timestamps', async (webhookRestamp, expected) => {
    const sim = await startSim({ webhookRestamp });
    const receiver = await startReceiver((nth) => (nth === 0 ? 500 : 200));
    await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);
    const [first] = await receiver.waitFor(1);
    await eventually(() =>
      expect(Date.now() / 1_000).toBeGreaterThan(Number(first?.headers['x-fal-webhook-timestamp']) + 1),
    );

    await eventually(() => {
      sim.advanceClock(10_000);
      expect(receiver.callbacks.length).toBe(2);
    });

    const stamps = receiver.callbacks.map((callback) => callback.headers['x-fal-webhook-timestamp']);
    expect(new Set(stamps).size).toBe(expected);
  });
});

describe('told_at', () => {
  it('is the moment a callback is answered 2xx', async () => {
    const sim = await startSim();
    const receiver = await startReceiver();
    const requestId = await submit(sim, inputOf(), receiver);
    const before = lineOf(sim, requestId).told_at;
    sim.advanceClock(LONGEST_RUN_MS);

    await eventually(() => expect(lineOf(sim, requestId).told_at).not.toBeNull());

    const { told_at, finished_at } = lineOf(sim, requestId);
    expect(before).toBeNull();
    expect(Date.parse(told_at ?? '')).toBeGreaterThanOrEqual(Date.parse(finished_at ?? ''));
  });

  it('is the moment of the first result read, of a failed request as well', async () => {
    const sim = await startSim({ faults: { 'run.fail_500': 1 } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    await read(sim, requestId, '/status');
    const afterStatus = lineOf(sim, requestId).told_at;
    const answer = await read(sim, requestId);
    const afterResult = lineOf(sim, requestId).told_at;
    await read(sim, requestId);

    expect(answer.status).toBe(500);
    expect(afterStatus).toBeNull();
    expect(afterResult).not.toBeNull();
    expect(lineOf(sim, requestId).told_at).toBe(afterResult);
  });
});
