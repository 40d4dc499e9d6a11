/** Everything that a drill runs, started in order and taken down in the reverse one. */
import { chmodSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connectDb, type Db, migrate } from '@reelay/db';
import { prepareBackend } from '@reelay/queue';
import { registerEndpoints } from './callback-endpoints.ts';
import { type Canaries, makeCanaries } from './canaries.ts';
import { findFreePort } from './free-port.ts';
import { type Links, numbers, openLinks } from './links.ts';
import type { DrillOptions } from './parse-options.ts';
import { processEnvironment } from './process-environment.ts';
import { type CallbackSink, startCallbackSink } from './processes/callback-sink.ts';
import { type FalSimProcess, startFalSimProcess } from './processes/fal-sim.ts';
import { type Postgres, startPostgres } from './processes/postgres.ts';
import { type Redis, startRedis } from './processes/redis.ts';
import { Supervised } from './processes/supervised.ts';
import { PROJECT_ROOT } from './project-root.ts';
import { seededRandom } from './seeded-random.ts';
import { SETTINGS } from './settings.ts';
import { makeTenant, type Tenant } from './tenants.ts';

export interface Stage {
  readonly directory: string;
  /** Straight to the server, past every fault but the server's own. */
  readonly db: Db;
  readonly postgres: Postgres;
  readonly redis: Redis | null;
  readonly sim: FalSimProcess;
  readonly workers: readonly Supervised[];
  readonly apis: readonly Supervised[];
  readonly links: Links;
  readonly hitsFile: string;
  readonly canaries: Canaries;
  readonly sink: CallbackSink;
  readonly endpointSecrets: readonly string[];
  readonly customerUrl: string;
  readonly tenant: Tenant;
  readonly otherTenant: Tenant;
  close(): Promise<void>;
}

const UP_TIMEOUT_MS = 90_000;

export async function openStage(options: DrillOptions): Promise<Stage> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-drill-'));
  chmodSync(directory, 0o711); // under root PostgreSQL runs as another account and has to pass through
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step().catch(() => {});
  };
  try {
    return await assemble(options, directory, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  options: DrillOptions,
  directory: string,
  closing: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const canaries = makeCanaries();
  const postgres = await startPostgres(directory);
  closing.push(() => postgres.stop());
  const redis = options.backend === 'redis' ? await startRedis(directory) : null;
  if (redis) closing.push(() => redis.stop());
  const sim = await startFalSimProcess(directory, options.seed);
  closing.push(() => sim.process.stopForGood());
  await migrate(postgres.url, path.join(PROJECT_ROOT, 'prisma/migrations'));
  if (!redis) await prepareBackend({ kind: 'postgres', url: postgres.url });
  const db = connectDb({ url: postgres.url, maxConnections: 6, applicationName: 'drill', onError: () => {} });
  closing.push(() => db.close());
  await mustBeUp([sim.process]);

  const apiPorts = await Promise.all(numbers().map(() => findFreePort()));
  const sink = await startCallbackSink(seededRandom(options.seed, 'sink'));
  closing.push(() => sink.close());
  const ports = {
    postgres: postgres.port,
    redis: redis?.port ?? null,
    fal: sim.port,
    apis: apiPorts,
    sink: sink.port,
  };
  const links = await openLinks(ports);
  closing.push(async () => void (await Promise.all(links.all().map((link) => link.close()))));

  const hitsFile = path.join(directory, 'hits');
  const shared = {
    databaseUrl: postgres.url,
    webhooksPort: links.webhooks.port,
    callbacksPort: links.callbacks.port,
    webhookUserId: (await sim.summary()).webhook_user_id,
    canaries,
    hitsFile,
  };
  const launch = (kind: 'worker' | 'api', n: number, env: Record<string, string>, clockShiftMs: number) => {
    const own = (kind === 'worker' ? links.workers : links.apis)[n - 1];
    if (!own) throw new RangeError(`there is no ${kind} ${n}`);
    const name = `${kind} ${n}`;
    const started = new Supervised({
      name,
      script: path.join(PROJECT_ROOT, `tests/drill/dist/programs/${kind}.js`),
      env: { ...processEnvironment({ ...shared, name, links: own, clockShiftMs }), ...env },
      log: path.join(directory, `${kind}-${n}.log`),
    });
    closing.push(() => started.stopForGood());
    return started;
  };
  const apis = apiPorts.map((port, i) =>
    launch('api', i + 1, { REELAY_PORT: String(port) }, i === 1 ? SETTINGS.clockBehindMs : 0),
  );
  const workers = numbers().map((n) => launch('worker', n, {}, n === 2 ? SETTINGS.clockAheadMs : 0));
  await mustBeUp([...apis, ...workers]);
  const tenant = await makeTenant(db, 'drill', canaries.keyPepper);
  const otherTenant = await makeTenant(db, 'neighbour', canaries.keyPepper);
  const customerUrl = `http://127.0.0.1:${links.customers.port}`;
  const hookUrl = `http://127.0.0.1:${links.callbacks.port}`;
  const endpointSecrets = await registerEndpoints(sink, { customerUrl, hookUrl, tenants: [tenant, otherTenant] });
  return {
    ...{ directory, db, postgres, redis, sim, workers, apis, links, hitsFile, canaries, sink, close },
    ...{ endpointSecrets, customerUrl, tenant, otherTenant },
  };
}

async function mustBeUp(processes: readonly Supervised[]): Promise<void> {
  const up = await Promise.all(processes.map((each) => each.whenUp(UP_TIMEOUT_MS)));
  const down = processes.filter((_, i) => !up[i]);
  if (down.length > 0) throw new Error(`did not start: ${down.map(({ name, log }) => `${name} (${log})`).join(', ')}`);
}
