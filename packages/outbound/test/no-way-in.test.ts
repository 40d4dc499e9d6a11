import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import {
  checkUrl,
  guardedLookup,
  guardedPost,
  type OutboundPolicy,
  openConnection,
  PUBLIC_ONLY,
  parseAllowList,
  type Resolve,
  TargetBlocked,
} from '@reelay/outbound';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BLOCKED_V4, BLOCKED_V6, hostileUrls } from './hostile-urls.ts';
import { type ConnectWatch, watchConnects } from './watch-connects.ts';

const PUBLIC = '93.184.215.14';
const NAME = 'hooks.example.com';

let watch: ConnectWatch;
let servers: Server[];
let port: number;
let reached: number;

/** Listeners on the loopback forms that this machine has, on one port. */
beforeEach(async () => {
  reached = 0;
  servers = [];
  port = 0;
  for (const host of ['127.0.0.1', '127.0.0.2', '127.1.2.3', '::1']) {
    const server = createServer((_request, response) => response.end('in'));
    server.on('connection', () => reached++);
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, host, () => resolve(true));
    });
    if (!isListening) continue;
    servers.push(server);
    port = (server.address() as AddressInfo).port;
  }
  watch = watchConnects();
});

afterEach(async () => {
  watch.stop();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

const post = (url: string, resolve: Resolve, policy: OutboundPolicy = PUBLIC_ONLY) =>
  guardedPost({ url, policy, headers: {}, body: '{}', timeoutMs: 5_000, resolve });

/** A name server that says something else each time. */
function changing(...answers: readonly (readonly string[])[]) {
  let asked = 0;
  const resolve: Resolve = async () => answers[Math.min(asked++, answers.length - 1)] ?? [];
  return { resolve, asked: () => asked };
}

it('no hostile form of a URL reaches connect, whatever its name resolves to', async () => {
  const urls = hostileUrls(port);
  expect(new Set(urls).size).toBeGreaterThanOrEqual(500);

  for (const url of urls) {
    expect(await post(url, changing([PUBLIC], ['127.0.0.1']).resolve), url).toMatchObject({ kind: 'blocked' });
  }

  expect(watch.addresses).toEqual([]);
  expect(reached).toBe(0);
});

it('a name that resolves to a blocked address, alone or beside public ones, is refused as a whole', async () => {
  for (const address of [...BLOCKED_V4, ...BLOCKED_V6, 'fe80::1%lo', 'no address']) {
    for (const answer of [[address], [PUBLIC, address], [address, PUBLIC]]) {
      const outcome = await post(`https://${NAME}/`, changing(answer).resolve);
      expect(outcome, answer.join()).toMatchObject({ kind: 'blocked', reason: expect.stringContaining(NAME) });
    }
  }

  expect(watch.addresses).toEqual([]);
});

it('a name that turns to a blocked address after it was checked is dialled where it was checked', async () => {
  for (const address of [...BLOCKED_V4, ...BLOCKED_V6]) {
    const names = changing([PUBLIC], [address]);
    const outcome = await post(`https://${NAME}/`, names.resolve);
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'unreachable' });
    expect(names.asked()).toBe(1);
  }

  expect(new Set(watch.addresses)).toEqual(new Set([PUBLIC]));
  expect(reached).toBe(0);
});

it('what the operator allows is reached, and seen by the watch', async () => {
  const read = parseAllowList(`127.0.0.0/8, sink.internal:${port}`);
  if (read.kind === 'invalid') throw new Error(read.entry);
  const none = changing([]).resolve;

  expect(await post(`http://127.0.0.1:${port}/`, none, read)).toMatchObject({ kind: 'answered', bodyStart: 'in' });
  expect(await post(`http://sink.internal:${port}/`, changing(['127.0.0.1']).resolve, read)).toMatchObject({
    kind: 'answered',
  });
  expect(await post(`http://[::1]:${port}/`, none, read)).toMatchObject({ kind: 'blocked' });

  expect(watch.addresses).toEqual(['127.0.0.1', '127.0.0.1']);
  expect(reached).toBe(2);
});

it('a connection that stands to a blocked address all the same is given up before TLS begins', async () => {
  const verdict = checkUrl(`https://${NAME}/`, PUBLIC_ONLY);
  if (verdict.kind === 'blocked') throw new Error(verdict.reason);
  const terms = { policy: PUBLIC_ONLY, signal: AbortSignal.timeout(5_000) };

  expect(await openConnection({ ...verdict.target, port }, ['127.0.0.1'], terms)).toEqual({
    kind: 'blocked',
    reason: `${NAME} leads to a loopback address`,
  });
});

it('a client of another kind is guarded through its lookup, for the checked host alone', async () => {
  const verdict = checkUrl(`https://${NAME}/`, PUBLIC_ONLY);
  if (verdict.kind === 'blocked') throw new Error(verdict.reason);
  const dial = async (host: string, answer: readonly string[]) => {
    const lookup = guardedLookup(verdict.target, PUBLIC_ONLY, async () => answer);
    const [error] = await once(connect({ host, port: 443, lookup, autoSelectFamily: true }), 'error');
    return error;
  };

  expect(await dial(NAME, [PUBLIC, '127.0.0.1'])).toBeInstanceOf(TargetBlocked);
  expect(await dial('localhost', [PUBLIC])).toBeInstanceOf(TargetBlocked);
  expect(watch.addresses).toEqual([]);

  expect(await dial(NAME, [PUBLIC])).toMatchObject({ code: 'ENETUNREACH' });
  expect(watch.addresses).toEqual([PUBLIC]);
});
