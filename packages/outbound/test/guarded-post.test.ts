import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type GuardedPost, guardedPost, parseAllowList } from '@reelay/outbound';
import { afterEach, describe, expect, it } from 'vitest';
import { TEST_CERTIFICATE, TEST_KEY } from './certificate.ts';

const LONG_MS = 20_000;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Pick<Server, 'listen' | 'address' | 'close' | 'once'>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server as Server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What the other side does with each connection, byte by byte. */
function listenRaw(onConnection: (socket: Socket) => void): Promise<number> {
  return listen(
    createTcpServer((socket) => {
      closers.push(() => socket.destroy());
      socket.on('error', () => {});
      onConnection(socket);
    }) as unknown as Server,
  );
}

function post(url: string, allow: string, more: Partial<GuardedPost> = {}) {
  const read = parseAllowList(allow);
  if (read.kind === 'invalid') throw new Error(read.entry);
  return guardedPost({ url, policy: read, headers: {}, body: '{"a":1}', timeoutMs: LONG_MS, ...more });
}

const postTo = (port: number, more: Partial<GuardedPost> = {}) =>
  post(`http://127.0.0.1:${port}/hook?x=1`, '127.0.0.0/8', more);

describe('what is sent', () => {
  it('is one POST with our headers, the exact body and its own host', async () => {
    const seen: unknown[] = [];
    const port = await listen(
      createServer((request, response) => {
        const { method, url, headers } = request;
        void request.toArray().then((chunks) => {
          seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
          response.writeHead(202, { 'retry-after': '7' }).end('thanks\0');
        });
      }),
    );

    const outcome = await postTo(port, { headers: { 'webhook-id': 'evt_1', host: 'elsewhere' } });

    expect(outcome).toMatchObject({ kind: 'answered', status: 202, retryAfter: '7', bodyStart: 'thanks\uFFFD' });
    expect(outcome).toMatchObject({ isBodyWhole: true, tookMs: expect.any(Number) });
    const headers = { 'webhook-id': 'evt_1', host: `127.0.0.1:${port}`, 'content-length': '7', connection: 'close' };
    expect(seen).toEqual([
      { method: 'POST', url: '/hook?x=1', headers: expect.objectContaining(headers), body: '{"a":1}' },
    ]);
  });
});

describe('what comes back', () => {
  it('a redirect is an answer and is not followed', async () => {
    let followed = 0;
    const inside = await listen(
      createServer((_request, response) => {
        followed++;
        response.end();
      }),
    );
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await listen(
        createServer((_request, response) => {
          response.writeHead(status, { location: `http://127.0.0.1:${inside}/` }).end();
        }),
      );
      expect(await postTo(port)).toMatchObject({ kind: 'answered', status });
    }
    expect(followed).toBe(0);
  });

  it('a body of 1 GB is cut at 64 KB and the connection closed', async () => {
    let written = 0;
    const chunk = Buffer.alloc(65_536, 'x');
    const port = await listenRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n');
      const push = () => {
        while (!socket.destroyed && written < 1_073_741_824) {
          written += chunk.byteLength;
          if (!socket.write(chunk)) break;
        }
      };
      socket.on('drain', push);
      push();
    });

    const outcome = await postTo(port);

    expect(outcome).toMatchObject({ kind: 'answered', status: 200, isBodyWhole: false });
    expect(outcome.kind === 'answered' && outcome.bodyStart.length).toBe(65_536);
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it('a compressed body stays compressed', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const port = await listen(
      createServer((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
    );

    const outcome = await postTo(port, { maxResponseBytes: 100 });

    expect(outcome.kind === 'answered' && outcome.bodyStart.length).toBeLessThanOrEqual(100);
  });

  it('a status counts when its body is broken off', async () => {
    const port = await listenRaw((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
    });

    expect(await postTo(port)).toMatchObject({ kind: 'answered', status: 200, bodyStart: 'abc', isBodyWhole: false });
  });

  it('a character that the cut goes through is left out', async () => {
    const port = await listen(createServer((_request, response) => response.end('aé')));

    expect(await postTo(port, { maxResponseBytes: 2 })).toMatchObject({ bodyStart: 'a', isBodyWhole: false });
  });

  it.each([
    ['endless interim answers', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20)],
    ['more header than is read', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
  ])('%s fails as protocol', async (_what, answer) => {
    const port = await listenRaw((socket) => socket.write(answer));

    expect(await postTo(port)).toMatchObject({ kind: 'failed', reason: 'protocol' });
  });
});

describe('what goes wrong', () => {
  const SHORT_MS = 200;

  it('a server that never answers ends at the deadline', async () => {
    const port = await listenRaw(() => {});

    const outcome = await postTo(port, { timeoutMs: SHORT_MS });

    expect(outcome).toMatchObject({ kind: 'failed', reason: 'timeout' });
    expect(outcome.tookMs).toBeGreaterThanOrEqual(SHORT_MS - 5);
  });

  it.each([
    ['headers', 'HTTP/1.1 200 OK\r\nX: ', { kind: 'failed', reason: 'timeout' }],
    ['a body', 'HTTP/1.1 200 OK\r\n\r\n', { kind: 'answered', status: 200, isBodyWhole: false }],
  ])('%s that drip without end stop at the deadline', async (_what, start, expected) => {
    const port = await listenRaw((socket) => {
      socket.write(start);
      const drip = setInterval(() => socket.write('x'), 10);
      socket.on('close', () => clearInterval(drip));
    });

    expect(await postTo(port, { timeoutMs: SHORT_MS })).toMatchObject(expected);
  });

  it('a name that never resolves ends at the deadline', async () => {
    const outcome = await post('https://hooks.example.com/', '', {
      timeoutMs: SHORT_MS,
      resolve: () => new Promise(() => {}),
    });

    expect(outcome).toMatchObject({ kind: 'failed', reason: 'timeout' });
  });

  it('the caller can give up', async () => {
    const giveUp = new AbortController();
    const port = await listenRaw(() => giveUp.abort());

    expect(await postTo(port, { signal: giveUp.signal })).toMatchObject({ kind: 'failed', reason: 'aborted' });
  });

  it('a reset is a reset, a closed port is refused, an unknown name is dns', async () => {
    const port = await listenRaw((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await postTo(port)).toMatchObject({ kind: 'failed', reason: 'reset', code: 'ECONNRESET' });

    const gone = await listen(createServer());
    for (const close of closers.splice(0)) close();
    expect(await postTo(gone)).toMatchObject({ kind: 'failed', reason: 'refused' });

    const resolve = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    expect(await post('https://hooks.example.com/', '', { resolve })).toMatchObject({ kind: 'failed', reason: 'dns' });
  });
});

describe('TLS', () => {
  const listenTls = () =>
    listen(
      createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (_request, response) =>
        response.end('secret'),
      ) as Server,
    );
  const resolve = async () => ['127.0.0.1'];

  it('is verified against the name, whatever address it leads to', async () => {
    const port = await listenTls();
    const outcome = await post(`https://hooks.example.com:${port}/`, `hooks.example.com:${port}`, {
      resolve,
      ca: TEST_CERTIFICATE,
    });

    expect(outcome).toMatchObject({ kind: 'answered', status: 200, bodyStart: 'secret' });
  });

  it.each([
    ['a certificate that nobody vouches for', 'hooks.example.com', {}],
    ["another name's certificate", 'other.example.com', { ca: TEST_CERTIFICATE }],
  ])('%s fails, and nothing is sent', async (_what, host, more) => {
    const port = await listenTls();

    expect(await post(`https://${host}:${port}/`, `${host}:${port}`, { resolve, ...more })).toMatchObject({
      kind: 'failed',
      reason: 'tls',
    });
  });

  it('a server that speaks no TLS fails as tls', async () => {
    const port = await listenRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));

    expect(await post(`https://127.0.0.1:${port}/`, '127.0.0.1')).toMatchObject({ kind: 'failed', reason: 'tls' });
  });
});
