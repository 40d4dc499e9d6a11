import {
  batchSchema,
  createdApiKeySchema,
  createdWebhookEndpointSchema,
  jobSchema,
  readinessSchema,
} from '@reelay/contract';
import { eventually, type StoreProxy, startStoreProxy } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, expectProblem, type Harness, INPUT, send, startHarness } from './harness.ts';

/** The watch takes 1.3 s; without it a frozen database is waited for until connections and statements time out, 20 s. */
const ANSWER_MS = 10_000;
/** A request that asked the database again after it was noticed would wait 5 s more for a connection. */
const BEFORE_A_CONNECTION_TIMES_OUT_MS = 5_000;

const HOOK_URL = 'https://example.com/hook';

let keys = 0;

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
  named.jobs = (await client.post('/v1/jobs', jobSchema, { body: { input: INPUT }, status: 202 })).id;
  const body = { rows: [{ input: INPUT }] };
  named.batches = (await client.post('/v1/batches', batchSchema, { body, status: 202 })).id;
  const key = { body: { name: 'one', scopes: ['jobs:read'] }, status: 201 };
  named.api_keys = (await client.post('/v1/api_keys', createdApiKeySchema, key)).id;
  const endpoint = { body: { url: HOOK_URL }, status: 201 };
  named.webhook_endpoints = (await client.post('/v1/webhook_endpoints', createdWebhookEndpointSchema, endpoint)).id;
});
afterAll(async () => {
  await proxy.restore();
  await harness.close();
  await proxy.close();
});

const create = () => client.ask('/v1/jobs', { method: 'POST', body: { input: INPUT } });
const readiness = async () => readinessSchema.parse(JSON.parse((await send(`${harness.url}/readyz`, null, {})).text));
/** Every connection of the pool is one that works: none is left of those that the last strike broke. */
const settled = () =>
  eventually(async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.ask('/v1/jobs')));
    return answers.every(({ status }) => status === 200);
  });
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
    await eventually(async () => (await readiness()).status === 'ready');
    expect(harness.logged()).not.toContain(apiKey);
  });
});

/** Bodies without which a route would refuse the request before it asked the database. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /v1/jobs': { input: INPUT },
  'POST /v1/batches': { rows: [{ input: INPUT }] },
  'POST /v1/jobs/{id}/resolve': { action: 'fail' },
  'PATCH /v1/batches/{id}': { name: 'renamed' },
  'PUT /v1/budgets/{scope}': { limit: '5' },
  'POST /v1/api_keys': { name: 'another', scopes: ['jobs:read'] },
  'POST /v1/webhook_endpoints': { url: HOOK_URL },
  'PATCH /v1/webhook_endpoints/{id}': { description: 'renamed' },
  'POST /v1/webhook_endpoints/{id}/replay': { after: 0 },
};

/** What the paths name: an id that can be none is not found without asking the database. */
const named = { jobs: '', batches: '', webhook_endpoints: '', api_keys: '' };

function idIn(path: string): string {
  const kind = Object.keys(named).find((each) => path.startsWith(`/v1/${each}/`));
  return kind === undefined ? 'x' : named[kind as keyof typeof named];
}

async function everyRoute(): Promise<{ name: string; method: string; path: string }[]> {
  const document = JSON.parse((await send(`${harness.url}/openapi.json`, null, {})).text);
  return Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path
        .replace('{id}', idIn(path))
        .replace('{scope}', 'project')
        .replace(/\{\w+\}/g, 'x'),
    })),
  );
}

interface TimedAnswer {
  readonly status: number;
  readonly elapsedMs: number;
}

type Route = Awaited<ReturnType<typeof everyRoute>>[number];

async function askOne({ name, method, path }: Route, headers: Record<string, string> = {}): Promise<TimedAnswer> {
  const isUpload = name === 'POST /v1/imports';
  const startedAt = performance.now();
  const { status } = await client.ask(path, {
    method,
    headers: { ...headers, ...(isUpload ? { 'content-type': 'text/csv' } : {}) },
    ...(name in BODIES ? { body: BODIES[name] } : {}),
    ...(isUpload ? { raw: 'video_url,prompt\nhttps://a.example/1.mp4,x\n' } : {}),
  });
  return { status, elapsedMs: performance.now() - startedAt };
}

/** An answer that began and had no end. */
const brokenOff = (): TimedAnswer => ({ status: 0, elapsedMs: 0 });

async function askAll(): Promise<Record<string, TimedAnswer>> {
  const answers: Record<string, TimedAnswer> = {};
  for (const route of await everyRoute()) answers[route.name] = await askOne(route);
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

/** What is answered without the database, until that is known to be gone. */
const NEEDS_NO_DATABASE = /^GET \/(healthz|v1\/models.*)$|^POST \/(hooks\/.*|v1\/estimates)$/;

describe.each([
  ['is cut off', () => proxy.cut()],
  ['is frozen', () => proxy.freeze()],
])('requests that begin when Postgres %s, before that can be known', (_, strike) => {
  it.each([
    ['without', () => ({})],
    ['with', () => ({ 'idempotency-key': `struck-${++keys}` })],
  ])('are all answered 503 soon, %s a key, and again as usual by themselves', async (_key, headersOf) => {
    await settled();
    const routes = (await everyRoute()).filter(({ name }) => !NEEDS_NO_DATABASE.test(name));
    const struck = strike();
    const answers = await Promise.all(
      routes.map(async (route) => ({ route: route.name, ...(await askOne(route, headersOf()).catch(brokenOff)) })),
    );
    await struck;
    await proxy.restore();
    await working();

    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter(({ status }) => status !== 503)).toEqual([]);
    expect(answers.filter(({ elapsedMs }) => elapsedMs > BEFORE_A_CONNECTION_TIMES_OUT_MS)).toEqual([]);
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
