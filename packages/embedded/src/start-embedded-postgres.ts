// One PostgreSQL server per data directory, whatever happened before: a server that still runs (its last owner was
// killed) is taken over, a stale pid file is recovered from, and of two processes that start at once both get the same
// server. It listens on 127.0.0.1 alone and asks for a generated password.
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { type ClusterPlace, type Durability, ensureCluster } from './init-cluster.ts';
import { type LaunchOptions, launchServer } from './launch-server.ts';
import { forgetPostmaster, isRunning, readPostmaster } from './postmaster.ts';
import { findServerAccount } from './server-account.ts';
import { prepareServerBinaries } from './server-binaries.ts';
import { databaseUrl, ensureDatabase, isReady } from './server-connection.ts';
import { readPassword } from './server-password.ts';
import { stopServer } from './stop-server.ts';

export type EmbeddedPostgresOptions = {
  /** Must be on a path that the account which runs the server can walk: see embeddedDataRoot. */
  dataDir: string;
  /** A free one when left out; a server that already runs keeps its own. */
  port?: number;
  /** Where the server writes its messages; beside the data directory when left out. */
  log?: string;
  durability?: Durability;
  settings?: Record<string, string>;
};

export type EmbeddedPostgres = {
  /** Carries the password: never log it. */
  url: string;
  pid: number;
  /** True when the server was running before this call. */
  attached: boolean;
  stop(): Promise<void>;
};

type Server = { pid: number; port: number; attached: boolean };

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
// A killed postmaster's sessions take a moment to notice; another starter may hold the lock or have taken the port.
const PASSING = /shared memory block|lock file|Address already in use/;

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { durability = 'safe', settings = {}, port } = options;
  const dataDir = path.resolve(options.dataDir);
  const account = findServerAccount(dataDir);
  const place: ClusterPlace = { dataDir, account, binaries: prepareServerBinaries(account) };
  await ensureCluster(place, durability);
  const password = readPassword(dataDir);
  const log = options.log ?? `${dataDir}.log`;
  const server = await attachOrLaunch(place, { port, password, log, durability, settings });
  const address = { port: server.port, password };
  await ensureDatabase(address);
  return { url: databaseUrl(address), pid: server.pid, attached: server.attached, stop: () => stopServer(place) };
}

async function attachOrLaunch(place: ClusterPlace, options: LaunchOptions): Promise<Server> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const running = findRunning(place.dataDir);
    const server = running
      ? await attach(running, options.password, place.dataDir)
      : await launch(place, options, deadlineMs);
    if (server) return server;
    if (Date.now() > deadlineMs) throw tooSlow(running?.pid, options.log);
    await wait(POLL_MS);
  }
}

function findRunning(dataDir: string) {
  const postmaster = readPostmaster(dataDir);
  if (postmaster === undefined || isRunning(postmaster)) return postmaster;
  forgetPostmaster(dataDir, postmaster);
  return undefined;
}

async function attach(
  { pid, port }: { pid: number; port: number | undefined },
  password: string,
  dataDir: string,
): Promise<Server | undefined> {
  if (port === undefined || !(await isReady({ port, password }, dataDir))) return undefined;
  return { pid, port, attached: true };
}

async function launch(place: ClusterPlace, options: LaunchOptions, deadlineMs: number): Promise<Server | undefined> {
  const outcome = await launchServer(place, options, deadlineMs);
  if (outcome.kind === 'ready') return { pid: outcome.pid, port: outcome.port, attached: false };
  if (outcome.kind === 'slow') throw tooSlow(outcome.pid, options.log);
  if (options.port !== undefined && outcome.reason.includes('Address already in use')) {
    throw new EmbeddedPostgresError(`port ${options.port} is taken: choose another port for PostgreSQL, or none`);
  }
  if (PASSING.test(outcome.reason)) return undefined;
  throw new EmbeddedPostgresError(`PostgreSQL did not start (${outcome.reason}): see ${options.log}`);
}

function tooSlow(pid: number | undefined, log: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `PostgreSQL (process ${pid ?? 'unknown'}) is not ready after ${START_TIMEOUT_MS / 1_000} s; recovering from a crash can take longer: see ${log} and start again`,
  );
}
