/** The API process from its configuration to its last breath. */
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { makePolicy } from '@reelay/core';
import { connectDb, migrate } from '@reelay/db';
import { type Context, createSecretBox, REAL_WORLD } from '@reelay/engine';
import { createFal } from '@reelay/fal';
import { chooseBackend, createTaskProducer } from '@reelay/queue';
import { createLogger, createShutdown, type Logger, onStopSignal, type Shutdown } from '@reelay/runtime';
import { type ApiConfig, readMigrateConfig, readNewProjectConfig } from './config.ts';
import { newProject, readProjectName } from './new-project.ts';
import { startApi } from './start-api.ts';

/** Runs the API until a stop signal. `world` is time, chance and failpoints: tests bring their own. */
export async function runApi(config: ApiConfig, world: typeof REAL_WORLD = REAL_WORLD): Promise<void> {
  const log = createLogger({ level: config.REELAY_LOG_LEVEL, name: 'api' });
  const shutdown = createShutdown();
  const context = buildContext(config, world, log, shutdown);
  const api = await startApi(
    {
      host: config.REELAY_HOST,
      port: config.REELAY_PORT,
      keyPepper: config.REELAY_KEY_PEPPER,
      uploadBytesMax: config.REELAY_UPLOAD_BYTES_MAX,
      confirmAboveNanoUsd: config.REELAY_CONFIRM_ABOVE ?? null,
    },
    { context, log },
  );
  shutdown.add('api', () => api.close());
  log.info({ url: api.url }, 'api listening');
  onStopSignal((signal) => {
    log.info({ signal }, 'stopping');
    shutdown.run().catch((error: unknown) => {
      log.error({ err: error }, 'did not stop cleanly');
      process.exitCode = 1;
    });
  });
}

/** Creates a project and returns what to print. */
export async function runNewProject(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const name = readProjectName(args);
  const { DATABASE_URL: url, REELAY_KEY_PEPPER: pepper } = readNewProjectConfig(env);
  const db = connectDb({ url, maxConnections: 1, applicationName: 'reelay-new-project' });
  try {
    return await newProject({ db, now: REAL_WORLD.now }, { name, pepper });
  } finally {
    await db.close();
  }
}

const MIGRATIONS = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** Applies the migrations that the database lacks and returns what to print. */
export async function runMigrate(env?: NodeJS.ProcessEnv): Promise<string> {
  const applied = await migrate(readMigrateConfig(env).DATABASE_URL, MIGRATIONS);
  if (applied.length === 0) return 'the schema is up to date\n';
  return `${applied.map((name) => `applied ${name}`).join('\n')}\n`;
}

/** The API never submits, so its fal has no key: it only verifies callbacks. */
const NO_CREDENTIALS = 'none:api-does-not-submit';
const TIMEOUTS = { submitMs: 30_000, readMs: 10_000 };

function buildContext(config: ApiConfig, world: typeof REAL_WORLD, log: Logger, shutdown: Shutdown): Context {
  const db = connectDb({
    url: config.DATABASE_URL,
    maxConnections: config.REELAY_DB_CONNECTIONS,
    applicationName: 'reelay-api',
    onError: (error) => log.warn({ err: error }, 'database connection lost'),
  });
  shutdown.add('database', () => db.close());
  const fal = createFal({
    credentials: NO_CREDENTIALS,
    queueUrl: config.FAL_QUEUE_URL,
    jwksUrl: config.FAL_JWKS_URL,
    timeouts: TIMEOUTS,
    webhookSecret: config.REELAY_WEBHOOK_SECRET,
    publicUrl: config.REELAY_PUBLIC_URL ?? null,
    webhookUserId: config.FAL_WEBHOOK_USER_ID ?? null,
  });
  shutdown.add('fal', () => fal.close());
  const backend = chooseBackend({
    databaseUrl: config.DATABASE_URL,
    redisUrl: config.REDIS_URL,
    redisPrefix: config.REELAY_QUEUE_PREFIX,
  });
  const queue = createTaskProducer(backend, (error) => log.warn({ err: error }, 'queue connection lost'));
  shutdown.add('queue', () => queue.close());
  return {
    db,
    fal,
    queue,
    log,
    policy: makePolicy({ timeScale: config.REELAY_TIME_SCALE }),
    outbound: { allow: config.REELAY_OUTBOUND_ALLOW },
    secretBox: createSecretBox(config.REELAY_WEBHOOK_SECRET),
    owner: `api-${os.hostname()}-${process.pid}-${randomUUID()}`,
    ...world,
  };
}
