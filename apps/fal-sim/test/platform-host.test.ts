import http from 'node:http';
import { describe, expect, it } from 'vitest';
import type { FalSim } from '../src/index.ts';
import { AUTHORIZED, askPlatform, ENDPOINT, inputOf, LONGEST_RUN_MS, readJson, startSim, submit } from './harness.ts';

/** fetch() sets the Host header itself. */
function getAs(sim: FalSim, host: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get(`${sim.url}${path}`, { headers: { ...AUTHORIZED, host } }, async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
    request.on('error', reject);
  });
}

describe('the platform host', () => {
  it('is the same by its path and by its name', async () => {
    const sim = await startSim();
    const path = `models/pricing?endpoint_id=${encodeURIComponent(ENDPOINT)}`;

    const byName = await getAs(sim, 'api.fal.ai', `/v1/${path}`);
    const byPath = await getAs(sim, '127.0.0.1', `/_host/api/v1/${path}`);

    expect(byName.status).toBe(200);
    expect(byName).toEqual(byPath);
  });

  it.each(['models/pricing', 'models/billing-events', 'models/requests/by-endpoint', 'account/billing'])(
    'refuses %s without a key',
    async (path) => {
      const sim = await startSim();

      const answer = await fetch(`${sim.url}/_host/api/v1/${path}`);

      expect(answer.status).toBe(401);
      expect((await readJson(answer)).error).toMatchObject({
        type: 'authorization_error',
        message: 'Authentication required',
      });
    },
  );

  it.each([
    ['models/unknown', {}, 404, 'not_found', 'Resource not found'],
    ['models/pricing', {}, 400, 'validation_error', 'endpoint_id: Required'],
    ['models/pricing', { endpoint_id: 'fal-ai/unknown' }, 404, 'not_found', 'fal-ai/unknown'],
    ['models/billing-events', { limit: 10_001 }, 400, 'validation_error', 'limit: '],
    ['models/billing-events', { limit: 0 }, 400, 'validation_error', 'limit: '],
    ['models/billing-events', { start: 'yesterday' }, 400, 'validation_error', 'start: Not an ISO 8601 date'],
    ['models/billing-events', { start: '2020-01-01', end: '2020-05-01' }, 400, 'validation_error', '90 days'],
    ['models/billing-events', { request_id: Array(51).fill('x') }, 400, 'validation_error', 'Accepts 1-50 values'],
    ['models/billing-events', { request_id: '' }, 400, 'validation_error', 'request_id'],
    ['models/billing-events', { tag: 'job=j1' }, 400, 'validation_error', 'source=tagged-billed'],
    ['models/billing-events', { source: 'other' }, 400, 'validation_error', 'source: '],
    ['models/billing-events', { cursor: 'Mg==' }, 400, 'validation_error', 'cursor: '],
    ['models/requests/by-endpoint', {}, 400, 'validation_error', 'endpoint_id: Required'],
    ['models/requests/by-endpoint', { endpoint_id: ENDPOINT, limit: 101 }, 400, 'validation_error', 'limit: '],
    [
      'models/requests/by-endpoint',
      { endpoint_id: ENDPOINT, request_id: 'x' },
      400,
      'validation_error',
      'request_id: ',
    ],
    ['models/requests/by-endpoint', { endpoint_id: ENDPOINT, status: 'bad' }, 400, 'validation_error', 'status: '],
  ])('answers %s with %j by %i, %s', async (path, query, status, type, message) => {
    const sim = await startSim();

    const answer = await askPlatform(sim, path, query);

    expect(answer.status).toBe(status);
    expect((await readJson(answer)).error).toMatchObject({ type, message: expect.stringContaining(message) });
  });

  it('names one price for an endpoint, surcharge or not', async () => {
    const sim = await startSim({ faults: { 'billing.surcharge': 1 } });

    const answer = await askPlatform(sim, 'models/pricing', { endpoint_id: ENDPOINT });

    expect(await answer.json()).toEqual({
      prices: [{ endpoint_id: ENDPOINT, unit_price: 0.08, unit: 'second', currency: 'USD' }],
      next_cursor: null,
      has_more: false,
    });
  });

  it('tells the addresses of this machine as those callbacks come from, without a key', async () => {
    const sim = await startSim();

    const answer = await fetch(`${sim.url}/_host/api/v1/meta`);

    expect((await readJson(answer)).webhook_ip_ranges).toContain('127.0.0.1/32');
  });
});

describe('a host that is not there', () => {
  it('is answered with 404 and counts as no submit', async () => {
    const sim = await startSim();

    const answer = await fetch(`${sim.url}/_host/rest/storage/other`, { method: 'POST', headers: AUTHORIZED });

    expect(answer.status).toBe(404);
    expect(sim.summary().submits_seen).toBe(0);
  });
});

describe('the balance', () => {
  const balanceOf = async (sim: FalSim) => readJson(askPlatform(sim, 'account/billing', { expand: 'credits' }));

  it('is told on request alone', async () => {
    const sim = await startSim();

    expect(await readJson(askPlatform(sim, 'account/billing'))).toEqual({ username: 'fal-sim' });
  });

  it('falls by what was billed and is nothing while the account is locked', async () => {
    const sim = await startSim({ balanceUsd: 0.5 });
    await submit(sim, inputOf({ num_frames: 81 }));
    sim.advanceClock(LONGEST_RUN_MS);

    const left = await balanceOf(sim);
    sim.lock();
    const locked = await balanceOf(sim);

    expect(left).toMatchObject({ credits: { current_balance: 0.095, currency: 'USD' } });
    expect(locked).toMatchObject({ credits: { current_balance: 0 } });
  });
});
