import path from 'node:path';
import { connectDb, type Db, migrate } from '@reelay/db';
import { startEmbeddedPostgres } from '@reelay/embedded';
import type { Shutdown } from '@reelay/runtime';
import { LocalError } from '../local-error.ts';
import { findProjectDir } from '../project-dir.ts';
import { AlreadyRunning, holdDatabase } from './hold-database.ts';

export interface DatabaseOptions {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  /** What is lost when the machine crashes does not matter. */
  readonly disposable: boolean;
  readonly onError: (error: Error) => void;
}

const MAX_CONNECTIONS = 30;

/** A migrated database that this process alone works on, embedded unless an address is given. */
export async function startDatabase(options: DatabaseOptions, shutdown: Shutdown): Promise<{ url: string; db: Db }> {
  const { url, stop } = options.databaseUrl
    ? { url: options.databaseUrl, stop: async () => {} }
    : await startEmbeddedPostgres({
        dataDir: path.join(options.dataDir, 'postgres'),
        durability: options.disposable ? 'fast' : 'safe',
      });
  const db = connectDb({
    url,
    maxConnections: MAX_CONNECTIONS,
    applicationName: 'reelay-local',
    onError: options.onError,
  });
  const held = await holdDatabase(db, options.dataDir).catch((error: unknown) => error);
  // A server that another stack works on is not ours to stop.
  if (!(held instanceof AlreadyRunning)) shutdown.add('PostgreSQL', stop);
  shutdown.add('database connections', () => db.close());
  if (typeof held !== 'function') throw held;
  shutdown.add('database lock', () => held());
  await migrate(url, path.join(findProjectDir(), 'prisma', 'migrations')).catch((cause: Error) => {
    const advice = options.databaseUrl ? '' : `; or move ${options.dataDir} away to begin with an empty database`;
    throw new LocalError(cause.message + advice, { cause });
  });
  return { url, db };
}
