import { describe, expect, it } from 'vitest';
import { isDbUnreachable } from './reachability.ts';

describe('an error that the database, gone, has caused', () => {
  it.each([
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Raw query failed. Code: `N/A`. Message: `Server has closed the connection.`',
    'Raw query failed. Code: `N/A`. Message: `Operation has timed out`',
  ])('is told from one of ours: %s', (message) => {
    expect(isDbUnreachable(new Error(message))).toBe(true);
    expect(isDbUnreachable(new Error('the query failed', { cause: new Error(message) }))).toBe(true);
  });

  it.each(['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout', 'TooManyConnections'])(
    "is told from one of ours in the adapter's bare word: %s",
    (kind) => {
      expect(isDbUnreachable(Object.assign(new Error(kind), { cause: { kind } }))).toBe(true);
    },
  );

  it('is not taken for one when the database has said no', () => {
    expect(isDbUnreachable(Object.assign(new Error('duplicate key value'), { code: '23505' }))).toBe(false);
  });
});
