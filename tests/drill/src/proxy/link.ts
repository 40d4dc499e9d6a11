/** A TCP proxy in front of one service, or of several that serve the same thing in turn, whose faults are set from outside. */
import { once } from 'node:events';
import net from 'node:net';
import { blocks, type LinkState, OPEN } from './link-state.ts';
import { type ByteStream, joinSockets } from './stream.ts';

export interface Link {
  readonly name: string;
  readonly port: number;
  set(state: LinkState): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  readonly streams: readonly ByteStream[];
  end(): void;
}

export async function openLink(name: string, ports: readonly number[]): Promise<Link> {
  let state = OPEN;
  let turn = 0;
  const pairs = new Set<Pair>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {});
    turn += 1;
    const order = ports.map((_, i) => ports[(turn + i) % ports.length] ?? 0);
    connectFirst(order)
      .then((target) => pair(client, target))
      .catch(() => client.resetAndDestroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;

  function pair(client: net.Socket, target: net.Socket): void {
    const stateOf = () => state;
    const streams = [joinSockets(client, target, 'up', stateOf), joinSockets(target, client, 'down', stateOf)];
    const self: Pair = {
      streams,
      end: () => {
        pairs.delete(self);
        for (const stream of streams) stream.stop();
        client.resetAndDestroy();
        target.resetAndDestroy();
      },
    };
    pairs.add(self);
    onGone(client, () => whenPassable('up', self));
    onGone(target, () => whenPassable('down', self));
    if (state.kind === 'cut' || client.destroyed) self.end();
  }

  /** A connection that breaks behind a blocked link is not noticed on its other side before the link opens. */
  function whenPassable(direction: 'up' | 'down', gone: Pair): void {
    if (!pairs.has(gone)) return;
    if (blocks(state, direction)) setTimeout(() => whenPassable(direction, gone), 200).unref();
    else gone.end();
  }

  return {
    name,
    port,
    set: async (next) => {
      const before = state;
      state = next;
      if (next.kind === 'cut') {
        if (before.kind === 'cut') return;
        server.close();
        for (const each of [...pairs]) each.end();
        return;
      }
      if (before.kind === 'cut') {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
      for (const { streams } of pairs) for (const stream of streams) stream.wake();
    },
    close: async () => {
      server.close();
      for (const each of [...pairs]) each.end();
    },
  };
}

/** Both directions have ended in order, or the socket broke. */
function onGone(socket: net.Socket, gone: () => void): void {
  socket.on('error', () => {});
  socket.once('close', gone);
}

async function connectFirst(ports: readonly number[]): Promise<net.Socket> {
  for (const port of ports) {
    const target = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    target.on('error', () => {});
    if (await connects(target)) return target;
  }
  throw new Error('nobody listens');
}

function connects(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}
