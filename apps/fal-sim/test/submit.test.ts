import { describe, expect, it } from 'vitest';
import {
  AUTHORIZED,
  ENDPOINT,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  post,
  read,
  readJson,
  startSim,
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
