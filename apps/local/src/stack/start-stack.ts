import { createHash } from 'node:crypto';
import { startApi } from '@reelay/api';
import { DEFAULT_SUBMITS_PER_SECOND, makePolicy } from '@reelay/core';
import { type Db, setDeploymentLimit, setInFlightMax } from '@reelay/db';
import { type Context, createSecretBox, ensureLocalProject, REAL_WORLD, reconcile } from '@reelay/engine';
import { createFal } from '@reelay/fal';
import type { FalSim } from '@reelay/fal-sim';
import { type OutboundPolicy, PUBLIC_ONLY } from '@reelay/outbound';
import { createTaskProducer, prepareBackend, type QueueBackend } from '@reelay/queue';
import { createShutdown, type Logger, type Shutdown } from '@reelay/runtime';
import { startWorker } from '@reelay/worker';
import { keepSecrets } from './local-secrets.ts';
import { pickPort } from './open-port.ts';
import { startDatabase } from './start-database.ts';
import { type FalSimSettings, type RealFal, startProvider } from './start-provider.ts';

export interface StackOptions {
  /** Everything that is kept; it exists, and the account that runs PostgreSQL can reach it. */
  readonly dataDir: string;
  readonly provider: FalSimSettings | RealFal;
  readonly log: Logger;
  /** The API's port on 127.0.0.1; one that is free when left out. */
  readonly port?: number | undefined;
  /** Where the provider reaches the API; null: nowhere, so it is polled. Left out: at the API's own address. */
  readonly publicUrl?: string | null | undefined;
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  /** What is lost when the machine crashes does not matter. */
  readonly disposable?: boolean;
  readonly timeScale?: number;
  readonly inFlightMax?: number;
  readonly submitsPerSecond?: number;
  /** Most that may ever be spent; null: no limit. */
  readonly budgetNanoUsd: bigint | null;
  /** List price above which a batch waits for confirmation when nobody said how it starts. */
  readonly confirmAboveNanoUsd?: bigint | undefined;
  /** Whom we may call for customers; left out: public https targets only. */
  readonly outbound?: OutboundPolicy;
}

export interface Stack {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly db: Db;
  readonly sim: FalSim | null;
  /** Holds what fal has billed so far against the ledger, without waiting for the hour. */
  reconcile(): Promise<void>;
  close(): Promise<void>;
}

const CLOSE_DEADLINE_MS = 30_000;
const DRAIN_MS = 5_000;
const IN_FLIGHT_DEFAULT = 40;

/** Database, provider, API and worker in this process. Closes in the reverse order, also when it fails half way. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const shutdown = createShutdown(CLOSE_DEADLINE_MS);
  try {
    return await assemble(options, shutdown);
  } catch (error) {
    // What stopped the start is worth more than what its tidying met.
    await shutdown.run().catch((err: unknown) => options.log.warn({ err }, 'closing after a failed start'));
    throw error;
  }
}

async function assemble(options: StackOptions, shutdown: Shutdown): Promise<Stack> {
  const { dataDir, log } = options;
  const onError = (err: Error) => log.warn({ err }, 'connection lost');
  const disposable = options.disposable ?? false;
  const { url, db } = await startDatabase({ dataDir, databaseUrl: options.databaseUrl, disposable, onError }, shutdown);
  const secrets = await keepSecrets(dataDir);
  const { address, sim } = await startProvider(options.provider, { dataDir, disposable }, shutdown);
  const port = options.port ?? (await pickPort());
  const fal = createFal({
    ...address,
    timeouts: { submitMs: 30_000, readMs: 15_000 },
    webhookSecret: secrets.webhookSecret,
    publicUrl: options.publicUrl === undefined ? `http://127.0.0.1:${port}` : options.publicUrl,
  });
  shutdown.add('fal', () => fal.close());
  const backend = backendFor(options, url);
  await prepareBackend(backend);
  const queue = createTaskProducer(backend, onError);
  shutdown.add('queue', () => queue.close());
  const context: Context = {
    db,
    queue,
    fal,
    policy: makePolicy({ timeScale: options.timeScale ?? 1 }),
    outbound: options.outbound ?? PUBLIC_ONLY,
    secretBox: createSecretBox(secrets.webhookSecret),
    log,
    owner: `local:${process.pid}`,
    ...REAL_WORLD,
  };
  await setInFlightMax(db, options.inFlightMax ?? IN_FLIGHT_DEFAULT);
  await setDeploymentLimit(db, options.budgetNanoUsd);
  await ensureLocalProject(context, secrets);
  const confirmAboveNanoUsd = options.confirmAboveNanoUsd ?? null;
  const door = { host: '127.0.0.1', port, keyPepper: secrets.pepper, confirmAboveNanoUsd };
  const api = await startApi(door, { context, log });
  shutdown.add('API', () => api.close());
  const worker = startWorker(context, {
    backend,
    submitsPerSecond: options.submitsPerSecond ?? DEFAULT_SUBMITS_PER_SECOND,
  });
  shutdown.add('worker', () => worker.close(DRAIN_MS));
  return {
    apiUrl: api.url,
    apiKey: secrets.apiKey,
    db,
    sim,
    reconcile: async () => void (await reconcile(context)),
    close: () => shutdown.run(),
  };
}

/** Stacks that share a Redis but not their data must not take each other's tasks. */
function backendFor({ redisUrl, databaseUrl, dataDir }: StackOptions, url: string): QueueBackend {
  if (!redisUrl) return { kind: 'postgres', url };
  if (databaseUrl) return { kind: 'redis', url: redisUrl };
  const data = createHash('sha256').update(dataDir).digest('hex').slice(0, 8);
  return { kind: 'redis', url: redisUrl, prefix: `reelay-${data}` };
}
