import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { findFreePort } from '../free-port.ts';
import { REDIS_SERVERS } from '../parse-options.ts';
import { until } from '../wait.ts';
import { freeze } from './freeze.ts';
import { inTurn } from './in-turn.ts';
import type { Store } from './store.ts';

export interface Redis extends Store {
  flushAll(): Promise<void>;
}

export async function startRedis(directory: string): Promise<Redis> {
  const port = await findFreePort();
  mkdirSync(path.join(directory, 'redis'), { recursive: true });
  const turn = inTurn();
  let server = await start(directory, port);
  return {
    name: 'redis',
    port,
    kill: () =>
      turn(async () => {
        await end(server, 'SIGKILL');
        server = await start(directory, port);
      }),
    freeze: (ms) => turn(() => freeze(server.pid ?? 0, ms)),
    flushAll: () => turn(async () => void (await command(port, 'FLUSHALL'))),
    stop: () => end(server, 'SIGTERM'),
  };
}

async function start(directory: string, port: number): Promise<ChildProcess> {
  for (const name of REDIS_SERVERS) {
    const child = await spawnServer(name, directory, port);
    if (!child) continue;
    const answers = async () => (await command(port, 'PING')).startsWith('+PONG');
    if (await until(answers, { timeoutMs: 20_000, everyMs: 30 })) return child;
    throw new Error(`${name} does not answer: see ${path.join(directory, 'redis.log')}`);
  }
  throw new Error(`no ${REDIS_SERVERS.join(' or ')} on PATH: apt-get install redis-server, or --backend postgres`);
}

async function spawnServer(name: string, directory: string, port: number): Promise<ChildProcess | null> {
  const log = openSync(path.join(directory, 'redis.log'), 'a');
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', path.join(directory, 'redis')],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction'],
  ];
  const child = spawn(name, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  try {
    await once(child, 'spawn');
    return child;
  } catch {
    return null;
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGCONT');
  child.kill(signal);
  await exited;
}

function command(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`${text}\r\n`));
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.once('data', (answer) => {
      resolve(answer.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
