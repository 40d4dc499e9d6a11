import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startLocalServer } from './support/local-server.ts';
import { ENDPOINT_ID, submitRequest, testFal } from './support/test-fal.ts';

const opened: Server[] = [];
const sockets = new Set<Socket>();

async function listen(onConnection: (socket: Socket) => void): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(opened.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function submitTo(queueUrl: string, submitMs = 10_000) {
  const fal = testFal(queueUrl, { timeouts: { submitMs, readMs: 1000 } });
  const outcome = await fal.submit(submitRequest());
  await fal.close();
  return outcome;
}

const NOT_CONNECTED = { kind: 'refused', failure: { kind: 'not_connected' } };
const NO_ANSWER = { kind: 'unknown', failure: { kind: 'no_answer' } };

describe('a submit that finds no connection', () => {
  it('is refused when the port is closed', async () => {
    const closed = await startLocalServer();
    await closed.close();

    expect(await submitTo(closed.url)).toMatchObject(NOT_CONNECTED);
  });

  it('is refused when every address of the name is closed', async () => {
    const closed = await startLocalServer();
    await closed.close();

    expect(await submitTo(`http://localhost:${closed.port}`)).toMatchObject(NOT_CONNECTED);
  });

  it('is refused when the name does not resolve', async () => {
    // A label may have 63 characters, so no resolver is asked.
    expect(await submitTo(`http://${'a'.repeat(64)}.invalid`)).toMatchObject(NOT_CONNECTED);
  });

  it('is refused when the other side speaks no TLS', async () => {
    const plain = await startLocalServer();

    const outcome = await submitTo(`https://127.0.0.1:${plain.port}`);
    await plain.close();

    expect(outcome).toMatchObject(NOT_CONNECTED);
    expect(plain.requests).toHaveLength(0);
  });

  it('is refused when the TLS handshake is reset, and connects once', async () => {
    const server = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));

    expect(await submitTo(`https://127.0.0.1:${server.port}`)).toMatchObject(NOT_CONNECTED);
    expect(server.connections()).toBe(1);
  });

  it('is refused when the TLS handshake outlasts the deadline', async () => {
    const server = await listen((socket) => socket.resume());

    const outcome = await submitTo(`https://127.0.0.1:${server.port}`, 300);

    // Our deadline, not the connection's own longer one.
    expect(outcome).toMatchObject({
      ...NOT_CONNECTED,
      failure: { message: expect.stringContaining('(connect timeout)') },
    });
  });
});

describe('a submit whose connection breaks', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['is closed as soon as it stands', (socket) => socket.end()],
    ['is reset as soon as it stands', (socket) => socket.resetAndDestroy()],
    ['is reset after the first byte', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['is closed after the first byte', (socket) => socket.once('data', () => socket.end())],
    ['answers in another protocol', (socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))],
  ])('is unknown when the connection %s, and is not made again', async (_name, onConnection) => {
    const server = await listen(onConnection);

    expect(await submitTo(`http://127.0.0.1:${server.port}`)).toMatchObject(NO_ANSWER);
    expect(server.connections()).toBe(1);
  });
});

// Shorter than the time undici by itself waits for a connection.
it('a question that finds no connection ends at its deadline', { timeout: 8_000 }, async () => {
  const server = await listen((socket) => socket.resume());
  const fal = testFal(`https://127.0.0.1:${server.port}`, { timeouts: { submitMs: 300, readMs: 300 } });

  const outcome = await fal.status(ENDPOINT_ID, 'req_1');
  await fal.close();

  expect(outcome).toMatchObject({ kind: 'unavailable', failure: { kind: 'provider_unavailable' } });
});
