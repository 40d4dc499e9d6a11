/** Whether Postgres answers, and whether an error means that it did not. */
import type { Db } from '../client.ts';

export async function pingDb(db: Db): Promise<void> {
  await db.pool.query('SELECT 1');
}

const UNREACHABLE = new Set([
  // Prisma: cannot reach, timed out, too many connections, closed the connection, no transaction could be started.
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
  // Prisma's adapter, whose words come through bare when a transaction ends behind a dead connection.
  'ConnectionClosed',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TooManyConnections',
  // The network.
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  // Postgres: shutting down, starting up, connection lost, too many connections.
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  '53300',
]);
/** What comes without a code: the driver's own words, and Prisma's for a raw query, which lose the code on their way. */
const UNREACHABLE_TEXT = new RegExp(
  [
    ...['connection terminated', 'timeout exceeded when trying to connect', 'connection timeout', 'query read timeout'],
    ...['is not queryable', "can't reach database", 'server has closed the connection', 'operation has timed out'],
  ].join('|'),
  'i',
);
const CAUSES_MAX = 6;

/** True for errors that a database which comes back would not have caused. */
export function isDbUnreachable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < CAUSES_MAX && typeof current === 'object' && current !== null; depth++) {
    if ('code' in current && typeof current.code === 'string' && UNREACHABLE.has(current.code)) return true;
    if ('kind' in current && UNREACHABLE.has(String(current.kind))) return true;
    if ('originalCode' in current && UNREACHABLE.has(String(current.originalCode))) return true;
    if ('message' in current && UNREACHABLE_TEXT.test(String(current.message))) return true;
    current = causeOf(current);
  }
  return false;
}

function causeOf(error: object): unknown {
  if ('cause' in error && error.cause !== undefined) return error.cause;
  const meta = 'meta' in error ? error.meta : undefined;
  if (typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta) return meta.driverAdapterError;
  return undefined;
}
