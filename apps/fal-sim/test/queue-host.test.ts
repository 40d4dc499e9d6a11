import { describe, expect, it } from 'vitest';
import {
  AUTHORIZED,
  cancel,
  ENDPOINT,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  post,
  read,
  readJson,
  startSim,
  statusOf,
  submit,
} from './harness.ts';

describe('submit', () => {
  it.each([undefined, 'Bearer x', 'Key ', 'Key'])('is refused with 401 when the key is %j', async (authorization) => {
    const sim = await startSim();

    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await fetch(`${sim.url}/${ENDPOINT}`, { method: 'POST', headers, body: '{}' });

    expect(answer.status).toBe(401);
    expect(sim.ledger()).toEqual([]);
    expect(sim.summary().submits_seen).toBe(1);
  });

  it('is refused with 404 for an application fal does not have', async () => {
    const sim = await startSim();

    const answer = await fetch(`${sim.url}/fal-ai/unknown/x`, { method: 'POST', headers: AUTHORIZED, body: '{}' });

    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ detail: 'Application "fal-ai/unknown/x" not found' });
    expect(sim.ledger()).toEqual([]);
  });

  it('is refused with 403 while the account is locked', async () => {
    const sim = await startSim();

    sim.lock();
    const locked = await post(sim, inputOf());
    sim.unlock();
    const unlocked = await post(sim, inputOf());

    expect(locked.status).toBe(403);
    expect((await readJson(locked)).detail).toMatch(/^User is locked\. Reason: Exhausted balance/);
    expect(unlocked.status).toBe(200);
    expect(sim.summary()).toMatchObject({ accepted: 1, submits_seen: 2 });
  });

  it('is refused with 400 when the start timeout is not a number', async () => {
    const sim = await startSim();

    const answer = await post(sim, inputOf(), { headers: { 'x-fal-request-start-timeout': 'soon' } });

    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-fal-error-type')).toBe('bad_request');
    expect(sim.ledger()).toEqual([]);
  });

  it('is refused with 429 when the queue is longer than the caller allows', async () => {
    const sim = await startSim({ concurrency: 1 });
    await submit(sim, inputOf({ seed: 1 }));
    await submit(sim, inputOf({ seed: 2 }));

    const long = await post(sim, inputOf({ seed: 3 }), { query: '?fal_max_queue_length=0' });
    const fits = await post(sim, inputOf({ seed: 4 }), { query: '?fal_max_queue_length=1' });

    expect(long.status).toBe(429);
    expect(fits.status).toBe(200);
    expect(sim.summary()).toMatchObject({ accepted: 3, submits_seen: 4 });
  });

  it('answers with application-only addresses and the request id in body and header', async () => {
    const sim = await startSim();

    const answer = await post(sim, inputOf());
    const body = await readJson(answer);

    const base = `${sim.url}/fal-ai/wan/requests/${body.request_id}`;
    expect(answer.headers.get('x-fal-request-id')).toBe(body.request_id);
    expect(body).toMatchObject({
      status: 'IN_QUEUE',
      response_url: base,
      status_url: `${base}/status`,
      cancel_url: `${base}/cancel`,
      queue_position: 0,
    });
  });

  it('accepts an invalid input, which fails with 422 when it runs', async () => {
    const sim = await startSim();

    const requestId = await submit(sim, { prompt: 'x', num_frames: 500 });
    sim.advanceClock(LONGEST_RUN_MS);
    const status = await read(sim, requestId, '/status');
    const result = await read(sim, requestId);

    expect(status.status).toBe(200);
    expect((await readJson(status)).status).toBe('COMPLETED');
    expect(result.status).toBe(422);
    expect(result.headers.get('x-fal-billable-units')).toBe('0');
    expect((await readJson(result)).detail).toMatchObject([
      { loc: ['body', 'video_url'], type: 'missing' },
      { loc: ['body', 'num_frames'], type: 'less_than_equal', ctx: { le: 161 } },
    ]);
  });

  it('accepts a body that is not JSON, which fails with 422 when it runs', async () => {
    const sim = await startSim();

    const requestId = await submit(sim, '{"prompt":');
    sim.advanceClock(LONGEST_RUN_MS);

    expect(lineOf(sim, requestId)).toMatchObject({ http_status: 422, billed_nano_usd: 0, seed: null });
  });
});

describe('status', () => {
  it('is 202 while queued and running, 200 when completed', async () => {
    const sim = await startSim({ concurrency: 1 });
    const first = await submit(sim, inputOf({ seed: 1 }));
    const second = await submit(sim, inputOf({ seed: 2 }));
    const third = await submit(sim, inputOf({ seed: 3 }));

    const running = await read(sim, first, '/status');
    const queued = await read(sim, third, '/status');
    sim.advanceClock(3 * LONGEST_RUN_MS);
    const completed = await read(sim, second, '/status');

    expect([running.status, queued.status, completed.status]).toEqual([202, 202, 200]);
    expect(await running.json()).toMatchObject({ status: 'IN_PROGRESS', request_id: first });
    expect(await queued.json()).toMatchObject({ status: 'IN_QUEUE', request_id: third, queue_position: 1 });
    const body = await readJson(completed);
    expect(body).toMatchObject({ status: 'COMPLETED', request_id: second });
    expect((body.metrics as { inference_time: number }).inference_time).toBeGreaterThan(50);
    expect(sim.summary().max_in_progress).toBe(1);
  });

  it.each(['1', 'true', 'True'])('carries logs for ?logs=%s', async (logs) => {
    const sim = await startSim();
    const requestId = await submit(sim);

    const withLogs = await readJson(read(sim, requestId, `/status?logs=${logs}`));
    const without = await readJson(read(sim, requestId, '/status?logs=0'));

    expect(withLogs.logs).toMatchObject([{ level: 'INFO', message: expect.any(String) }]);
    expect(without).not.toHaveProperty('logs');
  });

  it('is 404 for an unknown request and 401 without a key', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);

    const unknown = await read(sim, 'a3b9', '/status');
    const keyless = await fetch(`${sim.url}/fal-ai/wan/requests/${requestId}/status`);
    const otherApplication = await fetch(`${sim.url}/fal-ai/flux/requests/${requestId}/status`, {
      headers: AUTHORIZED,
    });

    expect([unknown.status, keyless.status, otherApplication.status]).toEqual([404, 401, 404]);
    expect(await unknown.json()).toMatchObject({ status: 'NOT_FOUND' });
  });
});

describe('result', () => {
  it('is 400 until the request has finished', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);

    const early = await read(sim, requestId);

    expect(early.status).toBe(400);
    expect(await early.json()).toEqual({ detail: 'Request is still in progress' });
    expect(lineOf(sim, requestId).told_at).toBeNull();
  });

  it('is the bare output, on application-only and full paths, with and without /response', async () => {
    const sim = await startSim();
    const requestId = await submit(sim, inputOf({ seed: 42 }));
    sim.advanceClock(LONGEST_RUN_MS);

    const paths = ['fal-ai/wan', ENDPOINT].flatMap((app) =>
      ['', '/response'].map((end) => `${app}/requests/${requestId}${end}`),
    );
    const answers = await Promise.all(paths.map((path) => fetch(`${sim.url}/${path}`, { headers: AUTHORIZED })));

    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
    expect(answers[0]?.headers.get('x-fal-request-id')).toBe(requestId);
    expect(answers[0]?.headers.get('x-fal-billable-units')).toBe('1.0625');
    for (const answer of answers) {
      const url = `${sim.url}/files/b/${requestId.slice(0, 8)}/${requestId}.mp4`;
      expect(await answer.json()).toMatchObject({
        video: { url, content_type: 'video/mp4' },
        seed: 42,
        prompt: 'a cat',
      });
    }
  });

  it('names a clip that can be fetched without a key and has the size it says', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);
    const { video } = (await readJson(read(sim, requestId))) as { video: { url: string; file_size: number } };

    const clip = await fetch(video.url);
    const bytes = Buffer.from(await clip.arrayBuffer());
    const other = await fetch(video.url.replaceAll(requestId, 'nobody'));

    expect(clip.headers.get('content-type')).toBe('video/mp4');
    expect(bytes.length).toBe(video.file_size);
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
    expect(other.status).toBe(404);
  });

  it('expires after an hour, a large one after six minutes', async () => {
    const sim = await startSim();
    const small = await submit(sim);
    const large = await submit(sim, inputOf({ prompt: 'x'.repeat(12_000) }));
    sim.advanceClock(LONGEST_RUN_MS);

    const fresh = await Promise.all([read(sim, small), read(sim, large)]);
    sim.advanceClock(6 * 60_000);
    const afterSixMinutes = await Promise.all([read(sim, small), read(sim, large)]);
    sim.advanceClock(55 * 60_000);
    const afterAnHour = await read(sim, small);

    expect(fresh.map((answer) => answer.status)).toEqual([200, 200]);
    expect(afterSixMinutes.map((answer) => answer.status)).toEqual([200, 404]);
    expect(afterAnHour.status).toBe(404);
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
