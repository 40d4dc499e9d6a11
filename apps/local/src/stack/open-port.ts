import { createServer } from 'node:net';
import { LocalError } from '../local-error.ts';

const TRIES = 100;

/** The first free port from `first` on. */
export async function findOpenPort(first: number): Promise<number> {
  for (let port = first; port < first + TRIES; port += 1) if (await isOpen(port)) return port;
  throw new LocalError(`no free port from ${first} to ${first + TRIES - 1}: choose one with --port`);
}

/** A port that the system picks. */
export async function pickPort(): Promise<number> {
  return (await tryListen(0)) ?? 0;
}

export async function isOpen(port: number): Promise<boolean> {
  return (await tryListen(port)) !== null;
}

function tryListen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? null) : null));
    });
  });
}
