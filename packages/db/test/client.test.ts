import { once } from 'node:events';
import net from 'node:net';
import { connectDb } from '@reelay/db';
import { afterEach, describe, expect, it } from 'vitest';

const AUTHENTICATED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

function farewell(): Buffer {
  const fields = Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

let server: net.Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function listen(greeting: Buffer): Promise<string> {
  server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(greeting));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `postgres://reelay:secret@127.0.0.1:${(server.address() as net.AddressInfo).port}/reelay`;
}

it('a client waits longer for an answer than the server may work on it', async () => {
  const url = await listen(AUTHENTICATED);
  const limits = [undefined, 60_000, 3_600_000];
  for (const statementTimeoutMs of limits) {
    const of = { url, maxConnections: 1, applicationName: 'test' };
    const db = connectDb(statementTimeoutMs === undefined ? of : { ...of, statementTimeoutMs });
    const { query_timeout: waits, statement_timeout: works } = db.pool.options;
    expect(Number(waits)).toBeGreaterThan(Number(works));
    await db.close();
  }
});

describe('a server that dies in the instant of the connection', () => {
  it('fails the query and leaves the process alive', async () => {
    const url = await listen(Buffer.concat([AUTHENTICATED, READY, farewell()]));
    const db = connectDb({ url, maxConnections: 1, applicationName: 'test' });

    await expect(db.prisma.$transaction((tx) => tx.$executeRaw`SELECT 1`)).rejects.toThrow();

    await db.close();
  });
});
