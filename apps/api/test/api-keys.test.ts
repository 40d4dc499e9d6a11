import { apiKeyListSchema, apiKeySchema, createdApiKeySchema } from '@reelay/contract';
import { SCOPES, type Scope } from '@reelay/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, expectProblem, type Harness, send, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const fresh = async () => {
  client = await harness.client();
  return client;
};

async function create(scopes: readonly Scope[], more: object = {}) {
  const body = { name: scopes.join(' '), scopes, ...more };
  const created = await client.post('/v1/api_keys', createdApiKeySchema, { body, status: 201 });
  return { ...created, secret: created.secret ?? '' };
}
const ask = (secret: string, path: string, method = 'GET') => send(harness.url + path, secret, { method });
const revoke = (secret: string, id: string) => ask(secret, `/v1/api_keys/${id}`, 'DELETE');

describe('a new key', () => {
  it('is shown once, begins as its hint says, and works', async () => {
    await fresh();
    const { secret, ...key } = await create(['jobs:read']);

    expect(secret.startsWith(key.hint ?? 'none')).toBe(true);
    expect((await ask(secret, '/v1/jobs')).status).toBe(200);
    const { data } = await client.get('/v1/api_keys', apiKeyListSchema);
    expect(data.map(({ name }) => name)).toEqual(['jobs:read', 'test']);
    expect(JSON.stringify(data)).not.toContain(secret);
    expect(harness.logged()).not.toContain(secret);
  });

  it('is not shown again to a repeat, nor made again', async () => {
    await fresh();
    const asked = { body: { name: 'a', scopes: ['admin'] }, headers: { 'idempotency-key': 'one-key' }, status: 201 };
    const first = await client.post('/v1/api_keys', createdApiKeySchema, asked);
    const again = await client.post('/v1/api_keys', createdApiKeySchema, asked);

    expect(again).toEqual({ ...first, secret: null });
    expect((await client.get('/v1/api_keys', apiKeyListSchema)).data).toHaveLength(2);
  });

  it.each([
    ['no name', { name: ' ', scopes: ['admin'] }],
    ['no scope', { name: 'a', scopes: [] }],
    ['a scope that there is not', { name: 'a', scopes: ['jobs:everything'] }],
    ['an end that has passed', { name: 'a', scopes: ['admin'], expires_at: '2020-01-01T00:00:00Z' }],
    ['a project to be for', { name: 'a', scopes: ['admin'], project_id: 'proj_other' }],
  ])('with %s is refused', async (_, body) => {
    await fresh();
    await client.refused('/v1/api_keys', 'validation_failed', { method: 'POST', body });
  });

  it('beyond fifty live ones is refused, and a revoked one makes room', async () => {
    await fresh();
    const made = [];
    for (let n = 2; n <= 50; n++) made.push(await create(['jobs:read']));
    const body = { name: 'one more', scopes: ['jobs:read'] };
    await client.refused('/v1/api_keys', 'invalid_state', { method: 'POST', body });

    await revoke(client.apiKey, made[0]?.id ?? '');
    await create(['jobs:read']);
  });
});

describe('a key that ends', () => {
  it('by being revoked is refused, stays in the list, and stays revoked', async () => {
    await fresh();
    const { id, secret } = await create(['jobs:read']);
    const revoked = apiKeySchema.parse(JSON.parse((await revoke(client.apiKey, id)).text));
    const again = apiKeySchema.parse(JSON.parse((await revoke(client.apiKey, id)).text));

    expectProblem(await ask(secret, '/v1/jobs'), 'unauthorized');
    expect(revoked.revoked_at).not.toBe(null);
    expect(again).toEqual(revoked);
    await expect(
      harness.context.db.prisma.$executeRaw`UPDATE api_keys SET revoked_at = NULL WHERE id = ${id}`,
    ).rejects.toThrow('it was revoked');
  });

  it('by its time is refused', async () => {
    await fresh();
    const { id, secret } = await create(['jobs:read'], { expires_at: '2099-01-01T00:00:00Z' });
    await harness.context.db.prisma.$executeRaw`UPDATE api_keys SET expires_at = now() WHERE id = ${id}`;
    expectProblem(await ask(secret, '/v1/jobs'), 'unauthorized');
  });

  it('is never the last that may make keys, also when two are revoked at once', async () => {
    await fresh();
    const one = await create(['admin']);
    const other = await create(['admin']);
    const { data } = await client.get('/v1/api_keys', apiKeyListSchema);
    await revoke(one.secret, data.find(({ name }) => name === 'test')?.id ?? '');
    // Both are known: neither is refused for what the other has just done.
    await ask(other.secret, '/v1/api_keys');
    const answers = await Promise.all([revoke(one.secret, other.id), revoke(other.secret, one.id)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const live = (await harness.context.db.prisma.apiKey.findMany({
      where: { project_id: client.projectId, revoked_at: null },
    })) as object[];
    expect(live).toHaveLength(1);
  });

  it("is never another project's", async () => {
    const owner = await fresh();
    const { id } = await create(['admin']);
    await fresh();
    expectProblem(await revoke(client.apiKey, id), 'not_found');
    expect((await client.get('/v1/api_keys', apiKeyListSchema)).data).toHaveLength(1);
    expect(
      (await owner.get('/v1/api_keys', apiKeyListSchema)).data.every(({ revoked_at }) => revoked_at === null),
    ).toBe(true);
  });
});

/** What is asked for beyond reading and steering jobs. */
const ASKS: Readonly<Record<string, Scope>> = {
  'GET /v1/ledger': 'billing:read',
  'GET /v1/ledger.csv': 'billing:read',
  'GET /v1/spend': 'billing:read',
  'GET /v1/incidents': 'billing:read',
  'GET /v1/budgets': 'billing:read',
  'GET /v1/budgets/{scope}': 'billing:read',
  'GET /v1/batches/{id}/statement': 'billing:read',
  'POST /v1/estimates': 'jobs:read',
  'PUT /v1/budgets/{scope}': 'admin',
  'DELETE /v1/budgets/{scope}': 'admin',
  'GET /v1/api_keys': 'admin',
  'POST /v1/api_keys': 'admin',
  'DELETE /v1/api_keys/{id}': 'admin',
  'GET /v1/admin/incidents': 'admin',
  'POST /v1/admin/stop-all': 'admin',
  'POST /v1/admin/start-all': 'admin',
  'POST /v1/webhook_endpoints': 'admin',
  'PATCH /v1/webhook_endpoints/{id}': 'admin',
  'DELETE /v1/webhook_endpoints/{id}': 'admin',
  'POST /v1/webhook_endpoints/{id}/rotate_secret': 'admin',
  'POST /v1/webhook_endpoints/default_secret/rotate': 'admin',
  'POST /v1/webhook_endpoints/{id}/test': 'admin',
  'POST /v1/webhook_endpoints/{id}/replay': 'admin',
};

describe('a key with one scope', () => {
  it.each(SCOPES)('%s is let through by the routes that ask for it, and by no other', async (scope) => {
    await fresh();
    const { secret } = await create([scope]);
    const document = JSON.parse((await send(`${harness.url}/openapi.json`, null, {})).text);
    const routes = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
    const wrong: string[] = [];
    for (const { method, path } of routes) {
      if (!path.startsWith('/v1/')) continue;
      const route = `${method} ${path}`;
      const needs = ASKS[route] ?? (method === 'GET' ? 'jobs:read' : 'jobs:write');
      const { status } = await ask(secret, path.replace(/\{\w+\}/g, 'x'), method);
      if ((status === 403) === (needs === scope)) wrong.push(`${route}: ${status}`);
    }

    expect(routes.length).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  });
});
