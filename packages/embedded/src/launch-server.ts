import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterPlace, Durability } from './init-cluster.ts';
import { cannotRun, spawnOptions } from './run-binary.ts';
import { isReady } from './server-connection.ts';

export type LaunchOptions = {
  port: number | undefined;
  password: string;
  log: string;
  durability: Durability;
  settings: Record<string, string>;
};
export type LaunchOutcome =
  | { kind: 'ready'; pid: number; port: number }
  | { kind: 'exited'; port: number; reason: string }
  | { kind: 'slow'; pid: number };

const MAX_CONNECTIONS = '200';
const FAST = { fsync: 'off', full_page_writes: 'off' };
const POLL_MS = 20;

/** Starts the server detached, so that Ctrl-C in a terminal does not reach it before the one who stops it in order. */
export async function launchServer(
  place: ClusterPlace,
  options: LaunchOptions,
  deadlineMs: number,
): Promise<LaunchOutcome> {
  const port = options.port ?? (await findFreePort());
  const logStart = statSync(options.log, { throwIfNoEntry: false })?.size ?? 0;
  const child = spawnServer(place, port, options);
  for (;;) {
    if (child.failure) throw cannotRun(place.binaries.postgres, child.failure);
    if (child.exited) return { kind: 'exited', port, reason: readReason(options.log, logStart) };
    if (await isReady({ port, password: options.password }, place.dataDir))
      return { kind: 'ready', pid: child.pid, port };
    if (Date.now() > deadlineMs) return { kind: 'slow', pid: child.pid };
    await wait(POLL_MS);
  }
}

function spawnServer({ dataDir, account, binaries }: ClusterPlace, port: number, options: LaunchOptions) {
  const log = openSync(options.log, 'a', 0o600);
  const child = spawn(binaries.postgres, ['-D', dataDir, '-p', String(port), ...serverSettings(options)], {
    ...spawnOptions(account),
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  const state = { pid: child.pid ?? 0, exited: false, failure: undefined as Error | undefined };
  child.once('error', (error) => {
    state.failure = error;
  });
  child.once('exit', () => {
    state.exited = true;
  });
  return state;
}

function serverSettings({ durability, settings }: LaunchOptions): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: MAX_CONNECTIONS,
    ...(durability === 'fast' ? FAST : {}),
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

// The lines before a FATAL say more than the FATAL itself ("Address already in use" against "no sockets").
function readReason(log: string, start: number): string {
  const lines = readFileSync(log).subarray(start).toString('utf8').trim().split('\n');
  const telling = lines
    .filter((line) => /(FATAL|ERROR|could not)/.test(line))
    .map((line) => line.replace(/^.*?\] /, ''));
  return telling.slice(0, 2).join('; ') || 'it said nothing';
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
