import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setInFlightMax } from '@reelay/db';
import { dispatch } from '@reelay/engine';
import {
  type CallbackSigner,
  createTestContext,
  makeBatch,
  type SignedCallback,
  type StoreProxy,
  startCallbackSigner,
  startStoreProxy,
  type TestContext,
} from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem, type Harness, type RawBody, send, startHarness } from './harness.ts';

const BODY_BYTES_MAX = 1024 * 1024;
const SIGNATURE = 'x-fal-webhook-signature';

let signer: CallbackSigner;
let proxy: StoreProxy;
let harness: Harness;
let worker: TestContext;

beforeAll(async () => {
  signer = await startCallbackSigner();
  harness = await startHarness({
    jwksUrl: signer.jwksUrl,
    reach: async (url) => {
      proxy = await startStoreProxy(url);
      return proxy.url;
    },
  });
  const { databaseUrl, url } = harness;
  worker = createTestContext({ databaseUrl, falUrl: 'http://127.0.0.1:1', publicUrl: url });
  await setInFlightMax(worker.db, 100);
});
afterAll(async () => {
  await worker.close();
  await harness.close();
  await proxy.close();
  await signer.close();
});

interface Expected {
  readonly attemptId: string;
  readonly path: string;
  readonly requestId: string;
}

async function expectCallback(): Promise<Expected> {
  await makeBatch(worker.db, { jobs: 1 });
  await dispatch(worker);
  const [attemptId = ''] = worker.tasks.take('submit');
  return { attemptId, path: pathOf(attemptId), requestId: `req-of-${attemptId}` };
}

const pathOf = (attemptId: string) => new URL(worker.fal.webhookUrl(attemptId) ?? '').pathname;
const rowsOf = (attemptId: string) => worker.db.prisma.webhookInbox.count({ where: { attempt_id: attemptId } });
const post = (path: string, { headers, rawBody }: SignedCallback, more: Record<string, string> = {}) =>
  send(harness.url + path, null, {
    method: 'POST',
    raw: rawBody as RawBody,
    headers: { 'content-type': 'application/json', ...headers, ...more },
  });

/** Sends these bytes, goes on with `more` for as long as anybody takes them, and gives what came back until the end. */
async function converse(bytes: string, more?: Buffer): Promise<string> {
  const { port } = new URL(harness.url);
  const socket = net.connect(Number(port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  const pump = () => {
    while (more && socket.writable && socket.write(more));
  };
  socket.on('drain', pump);
  socket.write(bytes, pump);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString();
}

function headOf(path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

describe('a genuine callback', () => {
  it.each([
    ['application/json', {}],
    ['application/json with a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['bytes', { 'content-type': 'application/octet-stream' }],
    ['a compressed body, as it says', { 'content-encoding': 'gzip' }],
  ])('is taken by its bytes, sent as %s', async (_, headers) => {
    const { attemptId, path, requestId } = await expectCallback();

    expect((await post(path, signer.sign({ requestId }), headers)).status).toBe(200);
    expect(await rowsOf(attemptId)).toBe(1);
  });

  it('whose payload is nested a hundred thousand deep is stored without it', async () => {
    const { attemptId, path, requestId } = await expectCallback();
    const payload = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const body = `{"request_id":"${requestId}","status":"OK","payload":${payload}}`;

    expect((await post(path, signer.sign({ requestId, body }))).status).toBe(200);
    expect(await rowsOf(attemptId)).toBe(1);
  });

  it('delivered forty times at once and again after its time is one row and one wake-up', async () => {
    const { attemptId, path, requestId } = await expectCallback();
    const callback = signer.sign({ requestId });
    const late = signer.sign({ requestId, atSeconds: 1 });

    const first = await Promise.all(Array.from({ length: 40 }, () => post(path, callback)));
    const replayed = await post(path, late);

    expect(new Set([...first, replayed].map(({ status }) => status))).toEqual(new Set([200]));
    expect(await rowsOf(attemptId)).toBe(1);
    expect(harness.context.tasks.take('settle').filter((id) => id === attemptId)).toHaveLength(1);
  });

  it('that comes again in time after a stale one is stored as trusted', async () => {
    const { attemptId, path, requestId } = await expectCallback();

    await post(path, signer.sign({ requestId, atSeconds: 1 }));
    await post(path, signer.sign({ requestId }));

    const rows = await worker.db.prisma.webhookInbox.findMany({ where: { attempt_id: attemptId } });
    expect(rows.map(({ stale }) => stale).sort()).toEqual([false, true]);
  });

  it('is stored twenty times for one attempt and no more, however many fal signs', async () => {
    const { attemptId, path } = await expectCallback();
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) statuses.push((await post(path, signer.sign({ requestId: `req_${i}` }))).status);

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await rowsOf(attemptId)).toBe(20);
  });

  it('for an attempt that is not there is not found, so that fal comes again', async () => {
    const path = pathOf('att_0123456789abcdefghjkmnpqrs');

    expectProblem(await post(path, signer.sign({ requestId: 'req_x' })), 'not_found');
  });
});

describe('a callback that cannot be believed', () => {
  it('gets 503 as long as fal’s keys were never had', async () => {
    const keyless = await startHarness();
    const { databaseUrl, url } = keyless;
    const context = createTestContext({ databaseUrl, falUrl: 'http://127.0.0.1:1', publicUrl: url });
    const target = context.fal.webhookUrl('att_0123456789abcdefghjkmnpqrs') ?? '';
    const { headers, rawBody } = signer.sign({ requestId: 'req_x' });

    const answer = await send(target, null, { method: 'POST', raw: rawBody as RawBody, headers: { ...headers } });
    await context.close();
    await keyless.close();

    expect(expectProblem(answer, 'unavailable').status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  it.each(['request-id', 'user-id', 'timestamp', 'signature'])('has its %s header twice', async (name) => {
    const { attemptId, path, requestId } = await expectCallback();
    const { headers, rawBody } = signer.sign({ requestId });
    const header = `x-fal-webhook-${name}`;
    const request = http.request(harness.url + path, {
      method: 'POST',
      headers: { ...headers, [header]: [headers[header] ?? '', headers[header] ?? ''] },
    });
    request.end(rawBody);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();

    expect(response.statusCode).toBe(401);
    expect(await rowsOf(attemptId)).toBe(0);
  });

  it('has a signature of 64 KB', async () => {
    const { path, requestId } = await expectCallback();
    const { headers } = signer.sign({ requestId });
    const huge = { ...headers, [SIGNATURE]: 'a'.repeat(65_536), 'content-length': '0' };

    expect(await converse(headOf(path, huge))).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('is refused without its token before a byte of the body has come', async () => {
    const text = await converse(headOf('/hooks/fal/att_none/token', { 'content-length': String(BODY_BYTES_MAX) }));

    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    ['with its token', 413, ({ path }: Expected) => path],
    ['without its token', 401, () => '/hooks/fal/att_none/token'],
  ])('is cut off when its body does not end, %s', async (_, status, pathFor) => {
    const head = headOf(pathFor(await expectCallback()), { 'transfer-encoding': 'chunked' });
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(0x1_00_00)}\r\n`);

    const said = harness.logged().length;
    const text = await converse(head, chunk);

    // Who is still sending when the connection ends may never see the answer.
    expect(text).toMatch(new RegExp(`^(HTTP/1\\.1 ${status} |$)`));
    expect(harness.logged().slice(said)).toContain(`"status":${status}`);
  });

  it('and announces more than a mebibyte is refused at once', async () => {
    const { path } = await expectCallback();

    const text = await converse(headOf(path, { 'content-length': String(BODY_BYTES_MAX + 1) }));

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('costs no more as JSON than as text: nothing looks into its bytes', async () => {
    const { path, requestId } = await expectCallback();
    const rawBody = Buffer.alloc(BODY_BYTES_MAX, 'x');
    const { headers } = signer.sign({ requestId });
    const fastestMs = async (type: string) => {
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        const startedAt = performance.now();
        expect((await post(path, { headers, rawBody }, { 'content-type': type })).status).toBe(401);
        times.push(performance.now() - startedAt);
      }
      return Math.min(...times);
    };

    expect((await fastestMs('application/json')) / (await fastestMs('text/plain'))).toBeLessThan(8);
  });

  it('is said in the log once, however often it comes', async () => {
    const { path, requestId } = await expectCallback();
    const { headers, rawBody } = signer.sign({ requestId });
    for (let i = 0; i < 20; i++) {
      expectProblem(
        await post(path, { headers: { ...headers, 'x-fal-webhook-timestamp': '1' }, rawBody }),
        'forged_webhook',
      );
    }

    const lines = harness
      .logged()
      .split('\n')
      .filter((line) => line.includes('callback refused'));
    expect(lines.filter((line) => line.includes('"reason":"bad_signature"'))).toHaveLength(1);
  });
});

describe('when the database is gone', () => {
  it('a genuine callback gets 503, and is taken when it is back', async () => {
    const { attemptId, path, requestId } = await expectCallback();
    const callback = signer.sign({ requestId });
    await proxy.cut();
    const refused = await post(path, callback);
    await proxy.restore();

    expect(expectProblem(refused, 'unavailable').status).toBe(503);
    await expect.poll(async () => (await post(path, callback)).status, { timeout: 20_000 }).toBe(200);
    expect(await rowsOf(attemptId)).toBe(1);
  });
});
