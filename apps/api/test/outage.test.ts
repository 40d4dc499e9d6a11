import { readinessSchema } from '@reelay/contract';
import { eventually } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from './cuttable-proxy.ts';
import { type Client, expectProblem, type Harness, INPUT, send, startHarness } from './harness.ts';

/** The promise is two seconds; the rest is a slow machine's. */
const ANSWER_MS = 5_000;

let harness: Harness;
let proxy: CuttableProxy;
let client: Client;

beforeAll(async () => {
  harness = await startHarness({
    reach: async (url) => {
      proxy = await startCuttableProxy(url);
      return proxy.url;
    },
  });
  client = await harness.client();
});
afterAll(async () => {
  proxy.restore();
  await harness.close();
  await proxy.close();
});

const create = () => client.ask('/v1/jobs', { method: 'POST', body: { input: INPUT } });
const readiness = async () => readinessSchema.parse(JSON.parse((await send(`${harness.url}/readyz`, null, {})).text));
const working = () => eventually(async () => (await create()).status === 202);

describe.each([
  ['is gone', () => proxy.cut()],
  ['is frozen', () => proxy.freeze()],
])('when Postgres %s', (_, strike) => {
  it('answers 503 with a problem soon, names it in readyz, and goes on when it is back', async () => {
    await working();
    // A key that is still remembered would only delay the question.
    const { apiKey, ask } = await harness.client();
    strike();

    const startedAt = performance.now();
    const answer = await ask('/v1/jobs');
    const elapsedMs = performance.now() - startedAt;
    const ready = await readiness();
    const health = await send(`${harness.url}/healthz`, null, {});
    proxy.restore();

    expect(expectProblem(answer, 'unavailable').status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(elapsedMs).toBeLessThan(ANSWER_MS);
    expect(ready).toMatchObject({
      status: 'not_ready',
      checks: { postgres: { ok: false, message: expect.stringContaining('PostgreSQL') } },
    });
    expect(health.status).toBe(200);
    await working();
    expect((await readiness()).status).toBe('ready');
    expect(harness.logged()).not.toContain(apiKey);
  });
});

describe('a database that breaks in the middle of a write', () => {
  it('gives a problem, and what it hides is not told to the client', async () => {
    await working();
    proxy.cut();

    const answer = await create();
    proxy.restore();

    expect(expectProblem(answer, 'unavailable').detail).not.toMatch(/127\.0\.0\.1|prisma|ECONN/i);
    await working();
  });
});
