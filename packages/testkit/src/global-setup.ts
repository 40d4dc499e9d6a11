// Starts the servers of one test run and takes everything away after it: one PostgreSQL per run, and for the project
// `redis` one Redis. Tests find them with inject('postgresAdminUrl') and inject('redisUrl').
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@reelay/embedded';
// An augmentation only finds a module that the file imports.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { startLocalRedis } from './start-local-redis.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresAdminUrl: string;
    redisUrl: string;
  }
}

// A test run's own connections and those of the processes it starts add up.
const MAX_CONNECTIONS = '400';

export async function setup(project: TestProject) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-test-'));
  const stops: (() => Promise<void>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  const stopAll = async () => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    project.provide('postgresAdminUrl', await startPostgres(directory, stops));
    if (project.name === 'redis') project.provide('redisUrl', await startRedis(directory, stops));
    return stopAll;
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function startPostgres(directory: string, stops: (() => Promise<void>)[]): Promise<string> {
  chmodSync(directory, 0o711); // under root the server runs as another account and has to pass through
  const postgres = await startEmbeddedPostgres({
    dataDir: path.join(directory, 'postgres'),
    durability: 'fast',
    settings: { max_connections: MAX_CONNECTIONS },
  });
  stops.push(() => postgres.stop());
  return postgres.url;
}

async function startRedis(directory: string, stops: (() => Promise<void>)[]): Promise<string> {
  const redis = await startLocalRedis(directory);
  stops.push(() => redis.stop());
  return redis.url;
}
