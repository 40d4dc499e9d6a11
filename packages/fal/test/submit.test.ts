import type { FailureKind } from '@reelay/core';
import type { Fal } from '@reelay/fal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  type LocalServer,
  type Responder,
  reset,
  silence,
  startLocalServer,
  truncated,
} from './support/local-server.ts';
import { CREDENTIALS, ENDPOINT_ID, submitRequest, testFal } from './support/test-fal.ts';

const ACCEPTED = { status: 'IN_QUEUE', request_id: '764cabcf-b745-4b3e-ae38-1200304cf45b', queue_position: 0 };

let server: LocalServer;
let fal: Fal;

beforeEach(async () => {
  server = await startLocalServer(answer(200, ACCEPTED));
  fal = testFal(server.url);
});

afterEach(async () => {
  await fal.close();
  await server.close();
});

describe('an accepted submit', () => {
  it('returns the request id and has sent one POST', async () => {
    const outcome = await fal.submit(submitRequest());

    expect(outcome).toEqual({ kind: 'accepted', requestId: ACCEPTED.request_id });
    expect(server.requests.map(({ method }) => method)).toEqual(['POST']);
  });

  it('carries the webhook, the tags, both start timeouts and no fallback', async () => {
    await fal.submit(submitRequest({ startTimeoutSeconds: 90 }));

    const [request] = server.requests;
    const url = new URL(request?.url ?? '', server.url);
    expect(url.pathname).toBe(`/${ENDPOINT_ID}`);
    expect(url.searchParams.get('fal_webhook')).toBe(fal.webhookUrl('att_1'));
    expect(request?.headers).toMatchObject({
      authorization: `Key ${CREDENTIALS}`,
      'content-type': 'application/json',
      'x-fal-request-start-timeout': '90',
      'x-fal-request-timeout': '90',
      'x-fal-store-io': '1',
      'x-fal-tags': 'job=job_1,attempt=att_1',
      'x-app-fal-disable-fallback': 'true',
    });
    expect(request?.headers).not.toHaveProperty('x-fal-no-retry');
  });

  it('sends no webhook when fal cannot reach us', async () => {
    const hidden = testFal(server.url, { publicUrl: null });

    await hidden.submit(submitRequest());
    await hidden.close();

    expect(server.requests[0]?.url).toBe(`/${ENDPOINT_ID}`);
  });

  it('sends the input byte for byte', async () => {
    const text = '{"z":1,"prompt":"ééé 🦊 \\u2028 \\"x\\"","n":[1.5,null,true,{}],"__proto__":{"a":1},"seed":0}';

    await fal.submit(submitRequest({ input: JSON.parse(text) }));

    expect(server.requests[0]?.body).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('uses a connection of its own for each POST', async () => {
    await fal.submit(submitRequest());
    await fal.submit(submitRequest());

    expect(server.connectionCount()).toBe(2);
    expect(server.requests.map(({ headers }) => headers.connection)).toEqual(['close', 'close']);
  });
});

const REFUSALS: [number, FailureKind][] = [
  [400, 'submit_rejected'],
  [401, 'bad_credentials'],
  [402, 'account_locked'],
  [403, 'bad_credentials'],
  [404, 'model_not_found'],
  [405, 'submit_rejected'],
  [413, 'submit_rejected'],
  [415, 'submit_rejected'],
  [422, 'submit_rejected'],
  [429, 'rate_limited'],
];

describe('an answer that proves refusal', () => {
  it.each(REFUSALS)('%i is refused as %s after one POST', async (status, kind) => {
    server.respond = answer(status, { detail: 'no' });

    expect(await fal.submit(submitRequest())).toMatchObject({
      kind: 'refused',
      failure: { kind, provider: { status } },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('a 403 that speaks of an exhausted balance locks the account', async () => {
    server.respond = answer(403, { detail: 'User is locked. Reason: Exhausted balance. Top up your balance.' });

    expect(await fal.submit(submitRequest())).toMatchObject({ failure: { kind: 'account_locked' } });
  });

  it('a 429 tells how long to wait', async () => {
    server.respond = answer(429, { detail: 'slow down' }, { 'retry-after': '7' });

    expect(await fal.submit(submitRequest())).toMatchObject({ failure: { kind: 'rate_limited', retryAfterMs: 7000 } });
  });

  it('a 429 whose body breaks off is refused all the same', async () => {
    server.respond = truncated(429, '{"detail":"slo');

    expect(await fal.submit(submitRequest())).toMatchObject({ kind: 'refused', failure: { kind: 'rate_limited' } });
  });

  it('never repeats the key or the webhook token that fal echoes', async () => {
    server.respond = (request, response) =>
      answer(422, { detail: `bad ${request.url} for ${request.headers.authorization}` })(request, response);

    const outcome = JSON.stringify(await fal.submit(submitRequest()));

    expect(outcome).not.toContain(CREDENTIALS);
    expect(outcome).not.toContain(fal.webhookUrl('att_1')?.split('/').at(-1));
  });
});

describe('an answer that leaves open whether fal accepted', () => {
  it.each([301, 302, 303, 307, 308])('%i is unknown, and the redirect is not followed', async (status) => {
    server.respond = answer(status, '', { location: `${server.url}/elsewhere` });

    expect(await fal.submit(submitRequest())).toMatchObject({ kind: 'unknown', failure: { kind: 'unclear_answer' } });
    expect(server.requests).toHaveLength(1);
  });

  it.each([408, 409, 421, 425, 499, 500, 501, 502, 503, 504, 522])('%i is unknown after one POST', async (status) => {
    server.respond = answer(status, { detail: 'no' });

    expect(await fal.submit(submitRequest())).toMatchObject({ kind: 'unknown', failure: { kind: 'unclear_answer' } });
    expect(server.requests).toHaveLength(1);
  });

  it('a request id counts for nothing outside a 2xx', async () => {
    server.respond = answer(500, ACCEPTED);

    expect(await fal.submit(submitRequest())).toMatchObject({ kind: 'unknown', failure: { kind: 'unclear_answer' } });
  });

  const unclear: [string, Responder][] = [
    ['an HTML page', answer(200, '<html>Welcome</html>')],
    ['a truncated acceptance', truncated(200, JSON.stringify(ACCEPTED))],
    ['half a JSON text', answer(200, '{"request_id":"abc')],
    ['5 MB', answer(200, { ...ACCEPTED, padding: 'x'.repeat(5_000_000) })],
    ['no request id', answer(200, { status: 'IN_QUEUE' })],
    ['an absurd request id', answer(200, { request_id: '../../admin' })],
    ['a request id of 129 characters', answer(200, { request_id: 'a'.repeat(129) })],
    ['a request id that is a number', answer(200, { request_id: 17 })],
    ['an empty 204', answer(204, '')],
    ['JSON null', answer(200, null)],
  ];

  it.each(unclear)('a 2xx with %s is unknown after one POST', async (_name, respond) => {
    server.respond = respond;

    expect(await fal.submit(submitRequest())).toMatchObject({ kind: 'unknown', failure: { kind: 'unclear_answer' } });
    expect(server.requests).toHaveLength(1);
  });

  it('a reset after the request was read is unknown after one POST', async () => {
    server.respond = reset;

    expect(await fal.submit(submitRequest())).toMatchObject({ kind: 'unknown', failure: { kind: 'no_answer' } });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['before any byte of the answer', silence],
    ['inside the answer', ((_request, response) => void response.writeHead(200).write('{"request_')) as Responder],
  ])('silence %s is unknown after one POST', async (_name, respond) => {
    server.respond = respond;
    const impatient = testFal(server.url, { timeouts: { submitMs: 300, readMs: 300 } });

    const outcome = await impatient.submit(submitRequest());
    await impatient.close();

    expect(outcome.kind).toBe('unknown');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a caller that errs', () => {
  it.each([
    ['a start timeout of a second', submitRequest({ startTimeoutSeconds: 1 })],
    ['an attempt id with a slash', submitRequest({ attemptId: 'a/b' })],
    ['a job id with a comma', submitRequest({ jobId: 'a,attempt=b' })],
    ['a foreign address as endpoint', submitRequest({ endpointId: 'https://evil.example.fal.run' })],
    ['an endpoint that climbs', submitRequest({ endpointId: 'fal-ai/../x' })],
  ])('is told by a throw, before anything is sent: %s', async (_name, request) => {
    await expect(fal.submit(request)).rejects.toThrow();
    expect(server.requests).toHaveLength(0);
  });
});
