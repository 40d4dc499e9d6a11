import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import net from 'node:net';

export interface CuttableProxy {
  /** The same URL through the proxy. */
  readonly url: string;
  /** Ends all connections and refuses new ones. */
  cut(): void;
  /** Keeps connections and lets no byte through. */
  freeze(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Stands between the API and its database. */
export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<net.Socket>();
  let state: 'open' | 'cut' | 'frozen' = 'open';
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    if (state === 'cut') return endBoth(client, upstream);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
    if (state === 'frozen') pause(client, upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: () => {
      state = 'cut';
      endBoth(...sockets);
    },
    freeze: () => {
      state = 'frozen';
      pause(...sockets);
    },
    restore: () => {
      // What was frozen is dead to both sides by now.
      if (state === 'frozen') endBoth(...sockets);
      state = 'open';
    },
    close: async () => {
      endBoth(...sockets);
      server.close();
      await once(server, 'close');
    },
  };
}

function endBoth(...sockets: net.Socket[]): void {
  for (const socket of sockets) socket.destroy();
}

function pause(...sockets: net.Socket[]): void {
  for (const socket of sockets) socket.unpipe().pause();
}
