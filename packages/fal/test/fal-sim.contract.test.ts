// What this package believes of fal's wire against a provider that keeps its own count of what it was asked and paid.

import type { Fal, WebhookVerdict } from '@reelay/fal';
import { type FalSim, type FaultName, type FaultSettings, startFalSim } from '@reelay/fal-sim';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LocalServer, startLocalServer } from './support/local-server.ts';
import { ENDPOINT_ID, submitRequest, testFal } from './support/test-fal.ts';

let sim: FalSim;
let receiver: LocalServer;
let fal: Fal;

beforeEach(async () => {
  sim = await startFalSim({ speed: 100, medianRunSeconds: 1, concurrency: 2 });
  receiver = await startLocalServer();
  fal = testFal(sim.url, {
    jwksUrl: sim.jwksUrl,
    publicUrl: receiver.url,
    webhookUserId: sim.summary().webhook_user_id,
    timeouts: { submitMs: 2000, readMs: 5000 },
  });
});

afterEach(async () => {
  await fal.close();
  await sim.close();
  await receiver.close();
});

async function accept(overrides: Parameters<typeof submitRequest>[0] = {}): Promise<string> {
  const outcome = await fal.submit(submitRequest(overrides));
  if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.requestId;
}

async function untilCompleted(requestId: string) {
  return vi.waitUntil(
    async () => {
      const status = await fal.status(ENDPOINT_ID, requestId);
      return status.kind === 'completed' ? status : null;
    },
    { timeout: 10_000, interval: 10 },
  );
}

const resultOf = (requestId: string, saidFailed = false) => fal.result(ENDPOINT_ID, requestId, { saidFailed });

describe('a submit', () => {
  it('is accepted under its tags and bills what the result says', async () => {
    const requestId = await accept();
    expect(await untilCompleted(requestId)).toEqual({ kind: 'completed', failed: false });

    const result = await resultOf(requestId);

    const [line] = sim.ledger();
    expect(line).toMatchObject({ request_id: requestId, seed: 7, tags: { job: 'job_1', attempt: 'att_1' } });
    expect(result).toMatchObject({
      kind: 'succeeded',
      output: { video: { content_type: 'video/mp4' }, seed: 7 },
      billableUnits: line?.billable_units,
    });
  });

  it.each<[FaultName, string, string, number]>([
    ['submit.refuse_429', 'refused', 'rate_limited', 0],
    ['submit.redirect_307', 'unknown', 'unclear_answer', 0],
    ['submit.error_503_before_accept', 'unknown', 'unclear_answer', 0],
    ['submit.reset_before_accept', 'unknown', 'no_answer', 0],
    ['submit.error_500_after_accept', 'unknown', 'unclear_answer', 1],
    ['submit.error_502_after_accept', 'unknown', 'unclear_answer', 1],
    ['submit.truncate_2xx', 'unknown', 'unclear_answer', 1],
    ['submit.html_2xx', 'unknown', 'unclear_answer', 1],
    ['submit.reset_after_accept', 'unknown', 'no_answer', 1],
    ['submit.hang_after_accept', 'unknown', 'no_answer', 1],
  ])('under %s is %s, %s, and was sent once', async (fault, kind, failure, accepted) => {
    sim.setFaults({ [fault]: 1 });

    expect(await fal.submit(submitRequest())).toMatchObject({ kind, failure: { kind: failure } });
    expect(sim.summary()).toMatchObject({ submits_seen: 1, accepted });
  });

  it('to a locked account closes the account, and to a strange model only the job', async () => {
    const strange = await fal.submit(submitRequest({ endpointId: 'fal-ai/no-such-model' }));
    sim.lock();

    expect(strange).toMatchObject({ kind: 'refused', failure: { kind: 'model_not_found' } });
    expect(await fal.submit(submitRequest())).toMatchObject({ kind: 'refused', failure: { kind: 'account_locked' } });
  });

  it('is never paid twice, whatever is lost on the way, and each acceptance we know of is in the ledger', async () => {
    sim.setFaults({
      'submit.reset_after_accept': 0.2,
      'submit.error_502_after_accept': 0.2,
      'submit.error_503_before_accept': 0.1,
      'submit.reset_before_accept': 0.1,
      'submit.truncate_2xx': 0.1,
      'submit.refuse_429': 0.1,
    });
    const attempts = Array.from({ length: 100 }, (_, index) => index);

    const outcomes = await Promise.all(
      attempts.map((index) =>
        fal.submit(submitRequest({ attemptId: `att_${index}`, input: { prompt: `clip ${index}` } })),
      ),
    );

    const ledger = sim.ledger();
    expect(sim.summary().submits_seen).toBe(attempts.length);
    expect(new Set(ledger.map((line) => line.tags.attempt)).size).toBe(ledger.length);
    const known = outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? [outcome.requestId] : []));
    expect(ledger.map((line) => line.request_id)).toEqual(expect.arrayContaining(known));
    const refused = attempts.filter((index) => outcomes[index]?.kind === 'refused').map((index) => `att_${index}`);
    expect(ledger.filter((line) => refused.includes(line.tags.attempt ?? ''))).toEqual([]);
  });
});

describe('a result', () => {
  it.each<[FaultSettings, string, boolean]>([
    [{ 'run.fail_500': 1 }, 'model_error', true],
    [{ 'run.content_policy': 1 }, 'content_refused', true],
  ])('under %o is %s', async (faults, kind, saidFailed) => {
    sim.setFaults(faults);
    const requestId = await accept();
    await untilCompleted(requestId);

    expect(await resultOf(requestId, saidFailed)).toMatchObject({ kind: 'failed', failure: { kind } });
  });

  it('of an input that the model refuses names the field', async () => {
    const requestId = await accept({
      input: { prompt: 'x', video_url: 'https://media.example/in.mp4', num_frames: 9 },
    });
    await untilCompleted(requestId);

    expect(await resultOf(requestId)).toMatchObject({
      kind: 'failed',
      httpStatus: 422,
      billableUnits: '0',
      failure: { kind: 'invalid_input', message: expect.stringContaining('num_frames') },
    });
  });

  it('is not finished while it runs, and gone for an id that fal does not know', async () => {
    sim.setFaults({ 'run.stuck': 1 });
    const requestId = await accept();

    expect(await resultOf(requestId)).toEqual({ kind: 'not_finished' });
    expect(await resultOf('no-such-request')).toEqual({ kind: 'gone' });
    expect(await fal.status(ENDPOINT_ID, 'no-such-request')).toEqual({ kind: 'gone' });
  });

  it.each<[FaultName, string]>([
    ['result.early_400', 'not_finished'],
    ['result.error_504_after_completed', 'unavailable'],
    ['result.truncated', 'unavailable'],
  ])('under %s is %s at first, and there when asked again', async (fault, first) => {
    sim.setFaults({ [fault]: 1 });
    const requestId = await accept();
    await untilCompleted(requestId);

    expect((await resultOf(requestId, true)).kind).toBe(first);
    sim.setFaults({});
    await vi.waitUntil(async () => (await resultOf(requestId)).kind === 'succeeded', { timeout: 10_000 });
  });

  it('that has expired is gone', async () => {
    const requestId = await accept();
    await untilCompleted(requestId);
    sim.advanceClock(3_700_000);

    expect(await resultOf(requestId)).toEqual({ kind: 'gone' });
  });

  it('of a request that did not start in time is start_timeout', async () => {
    sim.setFaults({ 'run.stuck': 1 });
    await Promise.all([accept(), accept()]);
    const requestId = await accept({ startTimeoutSeconds: 60 });
    sim.advanceClock(61_000);
    await untilCompleted(requestId);

    expect(await resultOf(requestId)).toMatchObject({
      kind: 'failed',
      httpStatus: 504,
      failure: { kind: 'start_timeout' },
    });
  });
});

describe('a cancel', () => {
  it('is requested while the request runs, and the result says so', async () => {
    sim.setFaults({ 'run.stuck': 1 });
    const requestId = await accept();

    expect(await fal.cancel(ENDPOINT_ID, requestId)).toBe('requested');
    await untilCompleted(requestId);
    expect(await resultOf(requestId)).toMatchObject({ kind: 'failed', failure: { kind: 'cancelled_by_request' } });
  });

  it('comes too late for a finished request and finds no unknown one', async () => {
    const requestId = await accept();
    await untilCompleted(requestId);

    expect(await fal.cancel(ENDPOINT_ID, requestId)).toBe('already_completed');
    expect(await fal.cancel(ENDPOINT_ID, 'no-such-request')).toBe('gone');
  });
});

describe('a callback', () => {
  /** Every callback so far, checked as our door checks it. */
  async function verdicts(): Promise<WebhookVerdict[]> {
    return Promise.all(
      receiver.requests.map(async ({ url, headers, body }) => {
        const [attemptId = '', token = ''] = url.split('/').slice(3);
        expect(fal.isWebhookToken(attemptId, token)).toBe(true);
        return fal.verifyWebhook(headers, Buffer.from(body), Date.now());
      }),
    );
  }

  const received = (count: number) =>
    vi.waitUntil(() => receiver.requests.length >= count, { timeout: 10_000, interval: 10 });

  it('reaches the URL of its attempt and is valid', async () => {
    const requestId = await accept();
    await received(1);

    expect(await verdicts()).toMatchObject([{ kind: 'valid', callback: { requestId, failed: false } }]);
  });

  it('of a failed run says so', async () => {
    sim.setFaults({ 'run.content_policy': 1 });
    await accept();
    await received(1);

    expect(await verdicts()).toMatchObject([{ kind: 'valid', callback: { failed: true } }]);
  });

  it.each<[FaultName, object]>([
    ['webhook.bad_signature', { kind: 'forged', reason: 'bad_signature' }],
    ['webhook.wrong_user', { kind: 'forged', reason: 'wrong_user' }],
    ['webhook.stale_timestamp', { kind: 'stale' }],
  ])('under %s is seen through, and the true one after it is valid', async (fault, verdict) => {
    sim.setFaults({ [fault]: 1 });
    await accept();
    await received(2);

    expect(await verdicts()).toMatchObject([verdict, { kind: 'valid' }]);
  });

  it('is valid after fal has rotated its keys', async () => {
    await accept();
    await received(1);
    sim.rotateKeys();
    await accept({ input: { prompt: 'another' } });
    await received(2);

    const [, second] = receiver.requests;
    const verdict = await fal.verifyWebhook(second?.headers ?? {}, Buffer.from(second?.body ?? ''), Date.now());

    expect(verdict.kind).toBe('valid');
  });
});
