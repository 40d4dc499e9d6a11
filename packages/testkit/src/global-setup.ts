// Starts the servers of one test run and takes everything away after it: one PostgreSQL per run, and for the project
// `redis` one Redis. Tests find them with inject('postgresAdminUrl') and inject('redisUrl').
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@reelay/embedded';
import type { TestProject } from 'vitest/node';
import type {} from './provided-context.ts';
import { startLocalRedis } from './start-local-redis.ts';
import { type Reaper, startReaper } from './start-reaper.ts';

// A test run's own connections and those of the processes it starts add up.
const MAX_CONNECTIONS = '400';

type Run = { directory: string; reaper: Reaper; stops: (() => Promise<void>)[] };

export async function setup(project: TestProject) {
  const run = beginRun();
  try {
    project.provide('postgresAdminUrl', await startPostgres(run));
    if (project.name === 'redis') project.provide('redisUrl', await startRedis(run));
    return () => endRun(run);
  } catch (error) {
    await endRun(run);
    throw error;
  }
}

function beginRun(): Run {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-test-'));
  chmodSync(directory, 0o711); // under root the server runs as another account and has to pass through
  return { directory, reaper: startReaper(directory), stops: [] };
}

async function endRun({ directory, reaper, stops }: Run): Promise<void> {
  await Promise.all(stops.map((stop) => stop()));
  reaper.dismiss();
  rmSync(directory, { recursive: true, force: true });
}

async function startPostgres({ directory, reaper, stops }: Run): Promise<string> {
  const postgres = await startEmbeddedPostgres({
    dataDir: path.join(directory, 'postgres'),
    durability: 'fast',
    settings: { max_connections: MAX_CONNECTIONS },
  });
  reaper.watch(postgres.pid);
  stops.push(() => postgres.stop());
  return postgres.url;
}

async function startRedis({ directory, reaper, stops }: Run): Promise<string> {
  const redis = await startLocalRedis(directory);
  reaper.watch(redis.pid);
  stops.push(() => redis.stop());
  return redis.url;
}
