import { describe, expect, it } from 'vitest';
import {
  eventually,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  post,
  read,
  readJson,
  signingKeyOf,
  startReceiver,
  startSim,
  statusOf,
  submit,
} from './harness.ts';

describe('webhook faults', () => {
  it('webhook.lose never tries, though the result can be read', async () => {
    const sim = await startSim({ faults: { 'webhook.lose': 1 } });
    const receiver = await startReceiver();
    const requestId = await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);
    await eventually(() => expect(sim.summary().webhooks.lost).toBe(1));

    sim.advanceClock(1_800_000);

    expect((await read(sim, requestId)).status).toBe(200);
    expect(receiver.callbacks).toEqual([]);
    expect(sim.summary().webhooks).toMatchObject({ sent: 0, lost: 1 });
  });

  it('webhook.duplicate delivers the same callback two or three times', async () => {
    const sim = await startSim({ faults: { 'webhook.duplicate': 1 } });
    const receiver = await startReceiver();
    const ids = await Promise.all(Array.from({ length: 10 }, (_, seed) => submit(sim, inputOf({ seed }), receiver)));
    sim.advanceClock(LONGEST_RUN_MS);

    await eventually(() => {
      const { sent, duplicated } = sim.summary().webhooks;
      expect(sent).toBe(10 + duplicated);
      expect(receiver.callbacks).toHaveLength(sent);
      expect(sent).toBeGreaterThanOrEqual(20);
    });

    const bodiesOf = (id: string) =>
      receiver.callbacks.filter((callback) => callback.json.request_id === id).map((callback) => callback.body);
    for (const id of ids) expect(new Set(bodiesOf(id)).size).toBe(1);
    expect(new Set(ids.map((id) => bodiesOf(id).length))).toEqual(new Set([2, 3]));
  });

  it('webhook.late delays the callback in simulated time', async () => {
    const sim = await startSim({ faults: { 'webhook.late': { p: 1, ms: 600_000 } } });
    const receiver = await startReceiver();
    const requestId = await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);
    await eventually(async () => expect(await statusOf(sim, requestId)).toBe('COMPLETED'));

    const early = receiver.callbacks.length;
    sim.advanceClock(600_000);

    expect(early).toBe(0);
    expect(await receiver.waitFor(1)).toMatchObject([{ json: { request_id: requestId } }]);
  });

  it('webhook.before_submit_response calls back before the submit is answered', async () => {
    const sim = await startSim({ faults: { 'webhook.before_submit_response': 1 } });
    let submitAnswered = false;
    const answeredAtCallback: boolean[] = [];
    const receiver = await startReceiver(() => {
      answeredAtCallback.push(submitAnswered);
      return 200;
    });

    const requestId = await submit(sim, inputOf(), receiver);
    submitAnswered = true;

    expect(answeredAtCallback).toEqual([false]);
    expect(receiver.callbacks).toMatchObject([{ json: { request_id: requestId, status: 'OK' } }]);
    expect(lineOf(sim, requestId)).toMatchObject({ status: 'completed', billed_nano_usd: 85_000_000 });
  });

  it('webhook.before_submit_response goes with a submit whose answer is lost', async () => {
    const sim = await startSim({ faults: { 'webhook.before_submit_response': 1, 'submit.reset_after_accept': 1 } });
    const receiver = await startReceiver();

    await expect(post(sim, inputOf(), receiver)).rejects.toThrow();

    expect(receiver.callbacks).toHaveLength(1);
  });

  it('webhook.payload_null hides the payload, which the result still has', async () => {
    const sim = await startSim({ faults: { 'webhook.payload_null': 1 } });
    const receiver = await startReceiver();
    const requestId = await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    const [callback] = await receiver.waitFor(1);

    expect(callback?.json).toMatchObject({ status: 'OK', payload: null, payload_error: expect.any(String) });
    expect((await readJson(read(sim, requestId))).video).toBeTruthy();
  });
});

describe('forged callbacks', () => {
  it.each([
    { fault: 'webhook.bad_signature', status: 'ERROR', key: -1, user: 'own', isFresh: true },
    { fault: 'webhook.wrong_user', status: 'ERROR', key: 0, user: 'other', isFresh: true },
    { fault: 'webhook.stale_timestamp', status: 'OK', key: 0, user: 'own', isFresh: false },
  ])('$fault comes before the true one, and is wrong in that alone', async ({ fault, status, key, user, isFresh }) => {
    const sim = await startSim({ faults: { [fault]: 1 } });
    const receiver = await startReceiver();
    await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    const [forged, real] = await receiver.waitFor(2);
    if (!forged || !real) throw new Error('two callbacks came in');

    const ageSeconds = Date.now() / 1_000 - Number(forged.headers['x-fal-webhook-timestamp']);
    const isOwn = forged.headers['x-fal-webhook-user-id'] === sim.summary().webhook_user_id;
    expect([forged.json.status, await signingKeyOf(sim, forged)]).toEqual([status, key]);
    expect([isOwn ? 'own' : 'other', Math.abs(ageSeconds) < 300]).toEqual([user, isFresh]);
    expect([real.json.status, await signingKeyOf(sim, real)]).toEqual(['OK', 0]);
    expect(sim.summary().webhooks).toMatchObject({ sent: 1, forged: 1 });
  });

  it('claim a success where the request failed', async () => {
    const sim = await startSim({ faults: { 'webhook.bad_signature': 1, 'run.fail_500': 1 } });
    const receiver = await startReceiver();
    await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    const callbacks = await receiver.waitFor(2);

    expect(callbacks.map((callback) => callback.json.status)).toEqual(['OK', 'ERROR']);
  });

  it('tell nobody anything, even when answered 2xx', async () => {
    const faults = {
      'webhook.bad_signature': 1,
      'webhook.stale_timestamp': 1,
      'webhook.wrong_user': 1,
      'webhook.lose': 1,
    };
    const sim = await startSim({ faults });
    const receiver = await startReceiver();
    const requestId = await submit(sim, inputOf(), receiver);
    sim.advanceClock(LONGEST_RUN_MS);

    await eventually(() => expect(sim.summary().webhooks.lost).toBe(1));

    expect(receiver.callbacks).toHaveLength(3);
    expect(lineOf(sim, requestId).told_at).toBeNull();
  });
});
