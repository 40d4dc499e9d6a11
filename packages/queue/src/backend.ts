/**
 * Which store BullMQ runs on: Redis where there is one, otherwise PostgreSQL in a schema of its own. The two behave the
 * same to everything outside this package. Nothing in either is needed to recover: Postgres' own tables are the truth.
 */
import { type BackendFactory, createPostgresBackend, runMigrations } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { endsWithin } from './ends-within.ts';
import { openQueuePool } from './queue-pool.ts';

export type QueueBackend =
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** BullMQ on Redis when a Redis is configured, on the database otherwise. */
export function chooseBackend(where: {
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  /** Keeps deployments that share a Redis apart. */
  readonly redisPrefix?: string | undefined;
}): QueueBackend {
  if (!where.redisUrl) return { kind: 'postgres', url: where.databaseUrl };
  return { kind: 'redis', url: where.redisUrl, ...(where.redisPrefix ? { prefix: where.redisPrefix } : {}) };
}

/** Creates BullMQ's own tables on PostgreSQL. Safe to run from every process at start. */
export async function prepareBackend(backend: QueueBackend): Promise<void> {
  if (backend.kind === 'redis') return;
  const client = new pg.Client({ connectionString: backend.url });
  // Between two queries nobody listens, and an unheard error would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    await runMigrations(client);
  } finally {
    await client.end();
  }
}

/** What BullMQ's constructors take for this backend, and how to let go of it. */
export interface BackendHandle {
  readonly options: { readonly connection: never; readonly prefix?: string };
  readonly factory: BackendFactory<never, never> | undefined;
  release(): Promise<void>;
}

const PREFIX = 'reelay';
const RECONNECT_MAX_MS = 2_000;
/** One of them listens. */
const MAX_CONNECTIONS = 6;
/** A store that is gone answers no farewell. */
const FAREWELL_MAX_MS = 2_000;

/**
 * The generic types of BullMQ's two backends do not unify, so both are passed as `never` here, and only here: each pair of
 * connection and factory below belongs together.
 */
export function openBackend(
  backend: QueueBackend,
  use: 'produce' | 'consume',
  onError: (error: Error) => void,
): BackendHandle {
  if (backend.kind === 'postgres') {
    const pool = openQueuePool(backend.url, MAX_CONNECTIONS);
    pool.on('error', onError);
    const release = async () => void (await endsWithin(FAREWELL_MAX_MS, pool.end()));
    return { options: { connection: pool as never }, factory: createPostgresBackend as never, release };
  }
  const redis = new Redis(backend.url, {
    // Workers wait for Redis as long as it takes; a producer's caller has its own patience.
    maxRetriesPerRequest: use === 'consume' ? null : 1,
    retryStrategy: (tries) => Math.min(tries * 100, RECONNECT_MAX_MS),
  });
  redis.on('error', onError);
  return {
    options: { connection: redis as never, prefix: backend.prefix ?? PREFIX },
    factory: undefined,
    release: async () => redis.disconnect(),
  };
}
