/** Stands between a program and its store, and can make the store disappear, stop answering, and come back. */
import { once } from 'node:events';
import net from 'node:net';

export interface StoreProxy {
  /** The store's own URL, by way of the proxy. */
  readonly url: string;
  /** Cuts every connection; new ones are refused: what a crash looks like. */
  cut(): Promise<void>;
  /** Keeps connections, takes new ones, and lets no byte through: what a dead network looks like. */
  freeze(): void;
  /** Connections that are opened from now on carry nothing for so long: what a store short of time looks like. */
  admitAfter(delayMs: number): void;
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function startStoreProxy(storeUrl: string): Promise<StoreProxy> {
  const store = new URL(storeUrl);
  const sockets = new Set<net.Socket>();
  let frozen = false;
  let admitMs = 0;
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(store.port), store.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const admit = () => {
      client.pipe(upstream).pipe(client);
      if (frozen) pause([client, upstream]);
    };
    if (admitMs === 0) admit();
    else setTimeout(admit, admitMs);
  });
  const port = await listen(server, 0);
  const url = new URL(storeUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const cut = async () => {
    destroy(sockets);
    if (!server.listening) return;
    server.close();
    destroy(sockets);
    await once(server, 'close');
  };
  return {
    url: url.href,
    cut,
    freeze: () => {
      frozen = true;
      pause(sockets);
    },
    admitAfter: (delayMs) => {
      admitMs = delayMs;
    },
    restore: async () => {
      // What was frozen is dead to both sides by now.
      if (frozen) destroy(sockets);
      frozen = false;
      if (!server.listening) await listen(server, port);
    },
    close: cut,
  };
}

function destroy(sockets: Iterable<net.Socket>): void {
  for (const socket of sockets) socket.destroy();
}

function pause(sockets: Iterable<net.Socket>): void {
  for (const socket of sockets) socket.unpipe().pause();
}

async function listen(server: net.Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}
