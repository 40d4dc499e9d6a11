import { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { describe, expect, it } from 'vitest';
import { singleConnection } from './single-connection.ts';

const TARGET = { hostname: 'fal.example', protocol: 'https:', port: '443' };

/** Connects when told to, and counts how often it was asked. */
function makeDialler() {
  const pending: buildConnector.Callback[] = [];
  const socket = new Socket();
  const connect = ((_options: buildConnector.Options, callback: buildConnector.Callback) => {
    pending.push(callback);
    return socket;
  }) as buildConnector.connector;
  return { connect, pending, socket };
}

function dial(connector: buildConnector.connector): unknown[][] {
  const calls: unknown[][] = [];
  connector(TARGET, (...args) => void calls.push(args));
  return calls;
}

describe('a single connection', () => {
  it('is not made a second time after it stood', () => {
    const { connect, pending, socket } = makeDialler();
    const { connector, seal } = singleConnection(connect, () => true);
    dial(connector);
    pending[0]?.(null, socket);

    expect(dial(connector)).toEqual([[expect.any(Error), null]]);
    expect(pending).toHaveLength(1);
    expect(seal()).toEqual({ kind: 'connected' });
  });

  it('is not made a second time after it failed, and tells in which stage it did', () => {
    const { connect, pending, socket } = makeDialler();
    const { connector, seal } = singleConnection(connect, () => true);
    const error = new Error('handshake');
    dial(connector);
    socket.emit('connect');
    pending[0]?.(error, null);

    expect(dial(connector)).toEqual([[expect.any(Error), null]]);
    expect(seal()).toEqual({ kind: 'failed', error, reachedTls: true });
  });

  it('that comes to stand after it was sealed is destroyed unused', () => {
    const { connect, pending, socket } = makeDialler();
    const { connector, seal } = singleConnection(connect, () => true);
    const calls = dial(connector);

    expect(seal()).toEqual({ kind: 'pending' });
    pending[0]?.(null, socket);

    expect(calls).toEqual([[expect.any(Error), null]]);
    expect(socket.destroyed).toBe(true);
    expect(seal()).toEqual({ kind: 'pending' });
  });

  it('that was sealed before it began is never begun', () => {
    const { connect, pending } = makeDialler();
    const { connector, seal } = singleConnection(connect, () => true);

    expect(seal()).toEqual({ kind: 'unused' });
    expect(dial(connector)).toEqual([[expect.any(Error), null]]);
    expect(pending).toHaveLength(0);
  });

  it('that stands too late to send is destroyed unused', () => {
    const { connect, pending, socket } = makeDialler();
    const { connector, seal } = singleConnection(connect, () => false);
    const calls = dial(connector);
    pending[0]?.(null, socket);

    expect(calls).toEqual([[expect.any(Error), null]]);
    expect(socket.destroyed).toBe(true);
    expect(seal()).toEqual({ kind: 'withheld' });
  });
});
