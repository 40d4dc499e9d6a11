import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { startApi } from '@reelay/api';
import { EXIT, runCli } from '@reelay/cli';
import { appendEvent } from '@reelay/db';
import { createApiKey, createProject, numberEvents } from '@reelay/engine';
import { createLogger } from '@reelay/runtime';
import {
  createTestContext,
  createTestDatabase,
  eventually,
  type TestContext,
  type TestDatabase,
  uniqueId,
} from '@reelay/testkit';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';

const PEPPER = 'a-pepper-for-tests-only-00000000000';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

let database: TestDatabase;
let context: TestContext;
let config: { apiUrl: string; apiKey: string; colours: boolean };
let projectId: string;
let received: Received[];
let hookUrl: string;
let status: number;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  context = createTestContext({ databaseUrl: database.url, falUrl: 'http://127.0.0.1:1' });
  const api = await startApi(
    { host: '127.0.0.1', port: 0, keyPepper: PEPPER, confirmAboveNanoUsd: null },
    { context, log: createLogger({ level: 'silent' }) },
  );
  projectId = await createProject(context, { name: 'p' });
  const { apiKey } = await createApiKey(context, { projectId, name: 'k', pepper: PEPPER });
  config = { apiUrl: api.url, apiKey, colours: false };
  [received, status] = [[], 200];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers as Record<string, string>, body: await text(request) });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  closing.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => api.close(),
    () => context.close(),
    () => database.drop(),
  );
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function tell(word: string): Promise<string> {
  const id = uniqueId('event');
  await appendEvent(context.db.prisma, { id, projectId, type: 'batch.paused', subjectId: 'b', data: { word } });
  await numberEvents(context);
  return id;
}

function listen(...args: string[]) {
  const stop = new AbortController();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let said = '';
  stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  const ended = runCli(['listen', '--forward', hookUrl, ...args], {
    stdout,
    stderr,
    config,
    cwd: '/',
    signal: stop.signal,
  });
  return {
    /** Waits until it has said this. */
    untilSaid: (words: string) => eventually(() => Promise.resolve(said.includes(words))),
    said: () => said,
    stop: async () => {
      stop.abort();
      return { exitCode: await ended, stderr: String(stderr.read()) };
    },
  };
}

test('what comes is forwarded in order, each with a signature that an independent library verifies', async () => {
  await tell('before');
  const listening = listen('--secret', SECRET);
  await listening.untilSaid('after event 1 ');

  const ids = [await tell('“one”'), await tell('two')];
  await eventually(() => Promise.resolve(received.length === 2));

  expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(ids);
  const bodies = received.map(({ headers, body }) => new Webhook(SECRET).verify(body, headers));
  expect(bodies).toMatchObject([{ data: { word: '“one”' } }, { data: { word: 'two' } }]);
  expect((await listening.stop()).exitCode).toBe(EXIT.interrupted);
});

test('--after 0 begins with the first event, and the bytes are those that are stored', async () => {
  const id = await tell('first');
  const listening = listen('--after', '0', '--secret', SECRET);
  await eventually(() => Promise.resolve(received.length === 1));
  await listening.stop();

  const { body } = await context.db.prisma.event.findUniqueOrThrow({ where: { id } });
  expect(received[0]?.body).toBe(body);
});

test('a server that refuses is told of, with the way to have it again, and does not end it', async () => {
  status = 500;
  await tell('refused');
  const listening = listen('--after', '0');
  await listening.untilSaid('500');
  status = 204;
  await tell('taken');
  await listening.untilSaid('204');
  await listening.stop();

  expect(listening.said()).toMatch(/signed with whsec_\S+/);
  expect(listening.said()).toContain('listen --after 0 --forward');
});

test.each([
  ['--secret', 'whsec_short'],
  ['--forward', 'localhost'],
  ['--after', '-1'],
])('%s %s is refused', async (...args) => {
  const { exitCode } = await listen(...args).stop();
  expect(exitCode).toBe(EXIT.badInput);
});
