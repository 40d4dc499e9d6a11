import { once } from 'node:events';
import net from 'node:net';
import { healthSchema, jobSchema, modelListSchema, modelSchema, readinessSchema } from '@reelay/contract';
import { DEFAULT_MODEL_ID } from '@reelay/core';
import { createApiKey, createAuthenticator, makeApiKey } from '@reelay/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, expectProblem, type Harness, INPUT, PEPPER, send, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;

beforeAll(async () => {
  harness = await startHarness();
  client = await harness.client();
});
afterAll(() => harness.close());

const newKey = () => createApiKey(harness.context, { projectId: client.projectId, name: 'x', pepper: PEPPER });

describe('authentication', () => {
  it.each([
    ['no key', null],
    ['something else', 'sk-something'],
    ['a mistyped key', `${makeApiKey().slice(0, -1)}!`],
    ['an unknown key', makeApiKey()],
  ])('refuses %s and says what to do', async (_, key) => {
    const problem = expectProblem(await send(`${harness.url}/v1/jobs`, key, {}), 'unauthorized');

    expect(problem.status).toBe(401);
  });

  it('refuses a key in the query', async () => {
    expectProblem(await send(`${harness.url}/v1/jobs?api_key=${client.apiKey}`, null, {}), 'unauthorized');
  });

  it('refuses a revoked and an expired key', async () => {
    for (const end of [{ revoked_at: new Date(0) }, { expires_at: new Date(0) }]) {
      const { keyId, apiKey } = await newKey();
      await harness.context.db.prisma.apiKey.update({ where: { id: keyId }, data: end });

      expectProblem(await send(`${harness.url}/v1/jobs`, apiKey, {}), 'unauthorized');
    }
  });

  it('remembers a key for five seconds at most, so that long a revoked one may still work', async () => {
    let nowMs = Date.now();
    const authenticate = createAuthenticator({ db: harness.context.db, now: () => nowMs }, PEPPER);
    const { keyId, apiKey } = await newKey();
    expect(await authenticate(apiKey)).toMatchObject({ projectId: client.projectId, keyId });
    await harness.context.db.prisma.apiKey.update({ where: { id: keyId }, data: { revoked_at: new Date() } });

    nowMs += 5_000;

    expect(await authenticate(apiKey)).toBeNull();
  });

  it('refuses before it reads the body', async () => {
    const raw = '{"input":';
    const headers = { 'content-type': 'application/json' };

    expectProblem(await send(`${harness.url}/v1/jobs`, null, { method: 'POST', raw, headers }), 'unauthorized');
  });
});

describe('what cannot be read', () => {
  it('names the place where JSON breaks', async () => {
    const raw = '{\n  "input": {},\n  "priority": 1,\n}';
    const headers = { 'content-type': 'application/json' };

    const { status, errors } = await client.refused('/v1/jobs', 'invalid_json', { method: 'POST', raw, headers });

    expect(status).toBe(400);
    expect(errors).toMatchObject([{ line: 4, column: '1' }]);
  });

  it.each(['{"__proto__": {"admin": true}, "input": {}}', '{"input": {"constructor": {"prototype": {}}}}'])(
    'refuses %s',
    async (raw) => {
      const headers = { 'content-type': 'application/json' };
      await client.refused('/v1/jobs', 'invalid_json', { method: 'POST', raw, headers });
    },
  );

  it('refuses nesting that nobody needs', async () => {
    const raw = `{"input": {"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    const headers = { 'content-type': 'application/json' };

    const { errors } = await client.refused('/v1/jobs', 'validation_failed', { method: 'POST', raw, headers });

    expect(errors[0]?.code).toBe('too_deep');
  });

  it.each([
    ['text/plain', 415],
    ['application/xml', 415],
  ])('refuses the content type %s', async (type, status) => {
    const problem = await client.refused('/v1/jobs', 'unsupported_media_type', {
      method: 'POST',
      raw: 'x',
      headers: { 'content-type': type },
    });

    expect(problem.status).toBe(status);
  });

  it('refuses a body above its limit with 413', async () => {
    const body = { input: { ...INPUT, prompt: 'x'.repeat(1_100_000) } };

    expect((await client.refused('/v1/jobs', 'too_large', { method: 'POST', body })).status).toBe(413);
  });

  it('refuses a missing body', async () => {
    await client.refused('/v1/jobs', 'validation_failed', { method: 'POST' });
  });

  it('answers a path that is no URL', async () => {
    await client.refused('/v1/jobs/%zz', 'bad_request');
  });

  it('answers what is not HTTP as a problem', async () => {
    const socket = net.connect(Number(new URL(harness.url).port), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.write('GARBAGE\r\n\r\n');
    await once(socket, 'close');

    const text = Buffer.concat(chunks).toString();
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"code":"bad_request"');
  });
});

describe('paths and methods', () => {
  it('answers an unknown path, also below a known one', async () => {
    await client.refused('/v1/nothing', 'not_found');
    await client.refused('/v1/jobs/', 'not_found');
    await client.refused('/', 'not_found');
  });

  it('answers a wrong method with those that work', async () => {
    const problem = await client.refused('/v1/jobs', 'method_not_allowed', { method: 'DELETE' });

    expect(problem.headers.get('allow')).toBe('GET, HEAD, POST');
  });
});

describe('the request id', () => {
  it("is the client's own when it is harmless", async () => {
    const { headers } = await client.ask('/v1/jobs', { headers: { 'x-request-id': 'trace-42' } });

    expect(headers.get('x-request-id')).toBe('trace-42');
  });

  it('is replaced when it is not', async () => {
    const { headers } = await client.ask('/v1/jobs', { headers: { 'x-request-id': 'a b"c' } });

    expect(headers.get('x-request-id')).toMatch(/^req_/);
  });
});

describe('health', () => {
  it('says that the process is up and able to work, without a key', async () => {
    const [health, ready] = await Promise.all(
      ['/healthz', '/readyz'].map((path) => send(harness.url + path, null, {})),
    );

    expect(healthSchema.parse(JSON.parse(health?.text ?? ''))).toEqual({ status: 'ok' });
    expect(readinessSchema.parse(JSON.parse(ready?.text ?? ''))).toMatchObject({ status: 'ready' });
  });
});

describe('models', () => {
  it('lists them, and finds one by its id with slashes, plain or escaped', async () => {
    const { data } = await client.get('/v1/models', modelListSchema);
    const plain = await client.get(`/v1/models/${DEFAULT_MODEL_ID}`, modelSchema);
    const escaped = await client.get(`/v1/models/${encodeURIComponent(DEFAULT_MODEL_ID)}`, modelSchema);

    expect(data).toContainEqual(plain);
    expect(escaped).toEqual(plain);
    expect(plain).toMatchObject({ default: true, input_schema: { type: 'object', required: ['video_url', 'prompt'] } });
    await client.refused('/v1/models/fal-ai/none', 'not_found');
  });
});

describe('headers and logs', () => {
  it('come with the usual protection', async () => {
    const { headers } = await client.ask('/v1/jobs');

    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('hold no key', async () => {
    await client.post('/v1/jobs', jobSchema, { body: { input: INPUT }, status: 202 });

    expect(harness.logged()).toContain('/v1/jobs');
    expect(harness.logged()).not.toContain(client.apiKey);
  });
});
