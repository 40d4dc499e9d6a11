/** The worker process from its configuration to its last breath. */
import { randomBytes } from 'node:crypto';
import { connectDb, setDeploymentLimit, setInFlightMax } from '@reelay/db';
import { type Context, createSecretBox, REAL_WORLD, startObserving } from '@reelay/engine';
import { createFal } from '@reelay/fal';
import { createTaskProducer, prepareBackend } from '@reelay/queue';
import { createLogger, createShutdown, onStopSignal } from '@reelay/runtime';
import type { WorkerConfig } from './config.ts';
import { startHealthListener } from './health-listener.ts';
import { startWorker } from './start-worker.ts';

const STOP_SLACK_MS = 10_000;
const MAX_CONNECTIONS = 20;

/** Runs the worker until a stop signal. `world` is time, chance and failpoints: tests bring their own. */
export async function runWorker(config: WorkerConfig, world: typeof REAL_WORLD = REAL_WORLD): Promise<void> {
  const log = createLogger({ level: config.logLevel, name: 'worker' });
  const onError = (err: Error) => log.warn({ err }, 'connection lost');
  const shutdown = createShutdown(config.drainMs + STOP_SLACK_MS);
  const db = connectDb({
    url: config.databaseUrl,
    maxConnections: MAX_CONNECTIONS,
    applicationName: 'reelay-worker',
    onError,
  });
  shutdown.add('database', () => db.close());
  const fal = createFal(config.fal);
  shutdown.add('fal', () => fal.close());
  await prepareBackend(config.backend);
  const queue = createTaskProducer(config.backend, onError);
  shutdown.add('queue', () => queue.close());
  await setInFlightMax(db, config.inFlightMax);
  await setDeploymentLimit(db, config.budgetNanoUsd);
  const context: Context = {
    db,
    queue,
    fal,
    policy: config.policy,
    outbound: config.outbound,
    secretBox: createSecretBox(config.fal.webhookSecret),
    log,
    owner: `${config.owner}:${randomBytes(4).toString('hex')}`,
    ...world,
  };
  if (config.observe) await startObserving(context);
  const worker = startWorker(context, { backend: config.backend, submitsPerSecond: config.submitsPerSecond });
  shutdown.add('worker', () => worker.close(config.drainMs));
  if (config.health) {
    const health = await startHealthListener(context, config.health);
    shutdown.add('health', () => health.close());
  }
  log.info({ queue: config.backend.kind, inFlightMax: config.inFlightMax, owner: context.owner }, 'worker started');
  onStopSignal(() => {
    shutdown.run().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'shutdown failed');
        process.exit(1);
      },
    );
  });
}
