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
import { CREDENTIALS, ENDPOINT_ID, testFal } from './support/test-fal.ts';

const REQUEST_ID = '764cabcf-b745-4b3e-ae38-1200304cf45b';
const REQUEST_PATH = `/fal-ai/wan/requests/${REQUEST_ID}`;

let server: LocalServer;
let fal: Fal;

beforeEach(async () => {
  server = await startLocalServer();
  fal = testFal(server.url);
});

afterEach(async () => {
  await fal.close();
  await server.close();
});

const QUESTIONS: [string, (fal: Fal) => Promise<unknown>][] = [
  ['status', (asked) => asked.status(ENDPOINT_ID, REQUEST_ID)],
  ['result', (asked) => asked.result(ENDPOINT_ID, REQUEST_ID, { saidFailed: false })],
  ['cancel', (asked) => asked.cancel(ENDPOINT_ID, REQUEST_ID)],
];

const isUnavailable = (outcome: unknown) =>
  outcome === 'unavailable' || (outcome as { kind: string }).kind === 'unavailable';

const TROUBLE: [string, Responder][] = [
  ['a 429', answer(429, { detail: 'slow down' })],
  ['a 500', answer(500, '<html>')],
  ['a 502', answer(502, '<html>')],
  ['a 503', answer(503, '')],
  ['a 504', answer(504, { detail: 'Gateway timeout' })],
  ['a redirect', answer(307, '', { location: '/elsewhere' })],
  ['a reset', reset],
  ['an answer of 5 MB', answer(500, 'x'.repeat(5_000_000))],
];

describe.each(QUESTIONS)('%s', (_name, question) => {
  it.each(TROUBLE)('asks once and stays open after %s', async (_trouble, respond) => {
    server.respond = respond;

    const outcome = await question(fal);

    expect(outcome).toSatisfy(isUnavailable);
    expect(server.requests).toHaveLength(1);
  });
});

it('a truncated status or result is no answer', async () => {
  server.respond = truncated(200, '{"status":"COMPLETED"}');

  expect(await fal.status(ENDPOINT_ID, REQUEST_ID)).toSatisfy(isUnavailable);
  expect(await fal.result(ENDPOINT_ID, REQUEST_ID, { saidFailed: false })).toSatisfy(isUnavailable);
});

it('a question that gets no answer ends at its deadline', async () => {
  server.respond = silence;
  const impatient = testFal(server.url, { timeouts: { submitMs: 200, readMs: 200 } });

  const outcomes = await Promise.all(QUESTIONS.map(([, question]) => question(impatient)));
  await impatient.close();

  expect(outcomes.every(isUnavailable)).toBe(true);
});

it('a question to a closed port gets no answer', async () => {
  await server.close();

  expect(await fal.status(ENDPOINT_ID, REQUEST_ID)).toMatchObject({ kind: 'unavailable' });
});

it('questions one after another share connections', async () => {
  server.respond = answer(202, { status: 'IN_PROGRESS' });

  for (let asked = 0; asked < 10; asked++) await fal.status(ENDPOINT_ID, REQUEST_ID);

  expect(server.connectionCount()).toBeLessThan(5);
});

it.each(['', 'a/b', '..', 'a?b', 'a'.repeat(129)])(
  'a request id that reads %o is a bug, and nothing is sent',
  async (id) => {
    await expect(fal.status(ENDPOINT_ID, id)).rejects.toThrow('request id');
    expect(server.requests).toHaveLength(0);
  },
);

describe('status', () => {
  it('asks the app, with the key', async () => {
    await fal.status(ENDPOINT_ID, REQUEST_ID);

    expect(server.requests[0]).toMatchObject({ method: 'GET', url: `${REQUEST_PATH}/status?logs=0` });
    expect(server.requests[0]?.headers.authorization).toBe(`Key ${CREDENTIALS}`);
  });

  it.each<[number, unknown, unknown]>([
    [202, { status: 'IN_QUEUE', queue_position: 3 }, { kind: 'waiting', queuePosition: 3 }],
    [200, { status: 'IN_QUEUE' }, { kind: 'waiting', queuePosition: null }],
    [202, { status: 'IN_PROGRESS', logs: null }, { kind: 'running' }],
    [200, { status: 'COMPLETED', metrics: { inference_time: 63.1 } }, { kind: 'completed', failed: false }],
    [200, { status: 'COMPLETED', error: null, error_type: null }, { kind: 'completed', failed: false }],
    [200, { status: 'COMPLETED', error: 'Invalid status code: 422' }, { kind: 'completed', failed: true }],
    [200, { status: 'COMPLETED', error_type: 'request_timeout' }, { kind: 'completed', failed: true }],
    [200, { status: 'FAILED' }, { kind: 'completed', failed: true }],
    [404, { status: 'NOT_FOUND' }, { kind: 'gone' }],
    [200, { status: 'SOMETHING_NEW' }, { kind: 'unavailable' }],
    [200, '<html>', { kind: 'unavailable' }],
    [401, { detail: 'no' }, { kind: 'unavailable', failure: { kind: 'bad_credentials' } }],
    [403, { detail: 'User is locked' }, { kind: 'unavailable', failure: { kind: 'account_locked' } }],
  ])('%i with %o', async (status, body, expected) => {
    server.respond = answer(status, body);

    expect(await fal.status(ENDPOINT_ID, REQUEST_ID)).toMatchObject(expected as object);
  });
});

describe('result', () => {
  it('asks the app and returns the output and its units', async () => {
    server.respond = answer(200, { seed: 7 }, { 'X-Fal-Billable-Units': '5.0625' });

    const outcome = await fal.result(ENDPOINT_ID, REQUEST_ID, { saidFailed: false });

    expect(outcome).toEqual({ kind: 'succeeded', output: { seed: 7 }, billableUnits: '5.0625' });
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: REQUEST_PATH });
  });

  it("returns a failed run's verdict", async () => {
    server.respond = answer(422, { detail: [{ type: 'content_policy_violation', msg: 'flagged', loc: ['body'] }] });

    expect(await fal.result(ENDPOINT_ID, REQUEST_ID, { saidFailed: true })).toMatchObject({
      kind: 'failed',
      httpStatus: 422,
      failure: { kind: 'content_refused' },
    });
  });
});

describe('cancel', () => {
  it('puts to the app', async () => {
    await fal.cancel(ENDPOINT_ID, REQUEST_ID);

    expect(server.requests[0]).toMatchObject({ method: 'PUT', url: `${REQUEST_PATH}/cancel`, body: '' });
  });

  it.each<[number, unknown, string]>([
    [202, { status: 'CANCELLATION_REQUESTED' }, 'requested'],
    [200, { status: 'OK' }, 'requested'],
    [200, { success: true }, 'requested'],
    [400, { status: 'ALREADY_COMPLETED' }, 'already_completed'],
    [400, { detail: 'bad request' }, 'unavailable'],
    [404, { status: 'NOT_FOUND' }, 'gone'],
    [401, { detail: 'no' }, 'unavailable'],
  ])('%i with %o is %s', async (status, body, expected) => {
    server.respond = answer(status, body);

    expect(await fal.cancel(ENDPOINT_ID, REQUEST_ID)).toBe(expected);
  });
});
