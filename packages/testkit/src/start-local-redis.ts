import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { eventually } from './eventually.ts';

export type LocalRedis = { url: string; pid: number; stop(): Promise<void> };

const SERVERS = ['redis-server', 'valkey-server'];
const START_TIMEOUT_MS = 10_000;

/** A Redis from PATH, on a free loopback port, that keeps nothing. */
export async function startLocalRedis(directory: string): Promise<LocalRedis> {
  for (const name of SERVERS) {
    const started = await start(name, directory, await findFreePort());
    if (started) return started;
  }
  throw new Error(`no ${SERVERS.join(' or ')} on PATH: apt-get install redis-server`);
}

async function start(name: string, directory: string, port: number): Promise<LocalRedis | undefined> {
  const child = spawn(name, serverArguments(directory, port), { stdio: 'ignore' });
  try {
    await once(child, 'spawn');
  } catch {
    return undefined;
  }
  await eventually(() => answersPing(port), { timeoutMs: START_TIMEOUT_MS });
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => stop(child) };
}

function serverArguments(directory: string, port: number): string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
    ...['--appendonly', 'no', '--save', '', '--maxmemory-policy', 'noeviction'],
  ];
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
