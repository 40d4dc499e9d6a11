import { readinessSchema } from '@reelay/contract';
import { eventually, type StoreProxy, startStoreProxy } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, expectProblem, type Harness, INPUT, send, startHarness } from './harness.ts';

/** The watch takes 1.3 s; without it a frozen database is waited for until connections and statements time out, 20 s. */
const ANSWER_MS = 10_000;

let harness: Harness;
let proxy: StoreProxy;
let client: Client;

beforeAll(async () => {
  harness = await startHarness({
    reach: async (url) => {
      proxy = await startStoreProxy(url);
      return proxy.url;
    },
  });
  client = await harness.client();
});
afterAll(async () => {
  await proxy.restore();
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
    // A key that is still remembered would only delay the question. The pool may still hold what the last strike cut.
    const { apiKey, ask } = await eventually(() => harness.client());
    await strike();

    const startedAt = performance.now();
    const answer = await ask('/v1/jobs');
    const elapsedMs = performance.now() - startedAt;
    const ready = await readiness();
    const health = await send(`${harness.url}/healthz`, null, {});
    await proxy.restore();

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

/** Bodies without which a route would refuse the request before it asked the database. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /v1/jobs': { input: INPUT },
  'POST /v1/batches': { rows: [{ input: INPUT }] },
  'POST /v1/jobs/{id}/resolve': { action: 'fail' },
  'PATCH /v1/batches/{id}': { name: 'renamed' },
};

async function everyRoute(): Promise<{ name: string; method: string; path: string }[]> {
  const document = JSON.parse((await send(`${harness.url}/openapi.json`, null, {})).text);
  return Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path.replace('{id}', path.includes('/jobs') ? 'job_1' : 'batch_1').replace(/\{\w+\}/g, 'x'),
    })),
  );
}

async function askAll(): Promise<Record<string, { status: number; elapsedMs: number }>> {
  const answers: Record<string, { status: number; elapsedMs: number }> = {};
  for (const { name, method, path } of await everyRoute()) {
    const isUpload = name === 'POST /v1/imports';
    const startedAt = performance.now();
    const { status } = await client.ask(path, {
      method,
      ...(name in BODIES ? { body: BODIES[name] } : {}),
      ...(isUpload ? { raw: 'prompt\nx\n', headers: { 'content-type': 'text/csv' } } : {}),
    });
    answers[name] = { status, elapsedMs: performance.now() - startedAt };
  }
  return answers;
}

describe.each([
  ['is gone', () => proxy.cut()],
  ['is frozen', () => proxy.freeze()],
])('when Postgres %s, to a caller whose key is still remembered', (_, strike) => {
  it('every route but healthz answers 503 soon', async () => {
    await working();
    await strike();
    // Before that is noticed, what needs no database to be refused is refused as usual.
    await eventually(async () => (await client.ask('/hooks/fal/x/x', { method: 'POST' })).status === 503);
    const answers = await askAll();
    await proxy.restore();
    await working();

    const { 'GET /healthz': health, ...others } = answers;
    expect(health?.status).toBe(200);
    expect(Object.values(others).length).toBeGreaterThan(20);
    expect(Object.fromEntries(Object.entries(others).filter(([, { status }]) => status !== 503))).toEqual({});
    expect(Math.max(...Object.values(others).map(({ elapsedMs }) => elapsedMs))).toBeLessThan(ANSWER_MS);
  });
});

describe('a database that breaks in the middle of a write', () => {
  it('gives a problem, and what it hides is not told to the client', async () => {
    await working();
    await proxy.cut();

    const answer = await create();
    await proxy.restore();

    expect(expectProblem(answer, 'unavailable').detail).not.toMatch(/127\.0\.0\.1|prisma|ECONN/i);
    await working();
  });
});
