/**
 * The machine under test: real api and worker processes on a real database and queue, against a simulator in this process
 * whose ledger says what the provider was asked for and paid.
 */
import { connectDb, type Db } from '@reelay/db';
import type { FailpointName } from '@reelay/engine';
import { type FalSim, startFalSim } from '@reelay/fal-sim';
import type { QueueBackend } from '@reelay/queue';
import { createTestDatabase, TEST_WEBHOOK_SECRET, type TestDatabase, testBackend } from '@reelay/testkit';
import { buildOnce } from './build-once.ts';
import { findFreePort } from './find-free-port.ts';
import { type Process, spawnProcess } from './spawn-process.ts';

const MORTAL_WORKER = 'tests/system/harness/mortal-worker.mjs';
export const PEPPER = 'a-pepper-for-tests-only-00000000000';

export interface SystemOptions {
  readonly speed: number;
  readonly faults?: Record<string, unknown>;
  readonly inFlightMax: number;
  readonly workers?: number;
  /** How much faster than usual policy durations pass. */
  readonly timeScale: number;
  readonly env?: Readonly<Record<string, string>>;
  /** By default the run's own. */
  readonly backend?: QueueBackend;
  /** Goes on with what another machine has left behind. */
  readonly inherit?: { readonly database: TestDatabase; readonly sim: FalSim };
}

export interface System {
  readonly db: Db;
  readonly database: TestDatabase;
  readonly sim: FalSim;
  readonly backend: QueueBackend;
  readonly apiUrl: string;
  readonly workers: Process[];
  /** One that is to die at a failpoint does so the first time that it passes it. */
  startWorker(diesAt?: FailpointName): Promise<Process>;
  /** Ends its processes and leaves database and simulator as they are. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSystem(options: SystemOptions): Promise<System> {
  await buildOnce();
  const database = options.inherit?.database ?? (await createTestDatabase());
  const db = connectDb({ url: database.url, maxConnections: 5, applicationName: 'system-test' });
  const sim = options.inherit?.sim ?? (await startSim(options));
  const backend = options.backend ?? testBackend(database.url);
  const port = await findFreePort();
  const apiUrl = `http://127.0.0.1:${port}`;
  const env = { ...environment(options, sim, backend, database.url, apiUrl), REELAY_PORT: String(port) };
  const workers: Process[] = [];
  const startWorker = async (diesAt?: FailpointName) => {
    const worker = diesAt
      ? await spawnProcess(MORTAL_WORKER, { ...env, REELAY_TEST_DIES_AT: diesAt }, /worker started/)
      : await spawnProcess('apps/worker/dist/main.js', env, /worker started/);
    workers.push(worker);
    return worker;
  };
  const api = await spawnProcess('apps/api/dist/main.js', env, /listening/i);
  for (let i = 0; i < (options.workers ?? 1); i++) await startWorker();
  return {
    db,
    database,
    sim,
    backend,
    apiUrl,
    workers,
    startWorker,
    kill: async () => {
      await Promise.all([...workers, api].map((child) => child.kill('SIGKILL')));
      await db.close();
    },
    stop: async () => {
      await Promise.all([...workers, api].map((child) => child.kill('SIGKILL')));
      await sim.close();
      await db.close();
      await database.drop();
    },
  };
}

function startSim(options: SystemOptions): Promise<FalSim> {
  return startFalSim({ speed: options.speed, concurrency: options.inFlightMax, faults: options.faults as never });
}

function environment(options: SystemOptions, sim: FalSim, backend: QueueBackend, databaseUrl: string, apiUrl: string) {
  return {
    DATABASE_URL: databaseUrl,
    ...(backend.kind === 'redis' ? { REDIS_URL: backend.url, REELAY_QUEUE_PREFIX: backend.prefix ?? '' } : {}),
    FAL_KEY: 'test-key',
    FAL_QUEUE_URL: sim.url,
    FAL_JWKS_URL: sim.jwksUrl,
    FAL_PLATFORM_URL: sim.platformUrl,
    REELAY_PUBLIC_URL: apiUrl,
    REELAY_HOST: '127.0.0.1',
    REELAY_WEBHOOK_SECRET: TEST_WEBHOOK_SECRET,
    REELAY_KEY_PEPPER: PEPPER,
    REELAY_IN_FLIGHT_MAX: String(options.inFlightMax),
    REELAY_SUBMITS_PER_SECOND: '200',
    REELAY_BUDGET_USD: 'unlimited',
    REELAY_SUBMIT_TIMEOUT_MS: '4000',
    REELAY_SEND_GRACE_MS: '1000',
    REELAY_TIME_SCALE: String(options.timeScale),
    REELAY_LOG_LEVEL: 'info',
    ...options.env,
  };
}
