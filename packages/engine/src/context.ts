/** What every verb is given: the outside world, with time and chance as parts of it, so that tests can hold them. */
import type { Policy } from '@reelay/core';
import type { Db } from '@reelay/db';
import type { Fal } from '@reelay/fal';
import type { OutboundPolicy } from '@reelay/outbound';
import type { TaskName, TaskProducer } from '@reelay/queue';
import type { SecretBox } from './deliveries/secret-box.ts';
import type { FailpointName } from './failpoints.ts';

export interface Context {
  readonly db: Db;
  readonly queue: TaskProducer;
  readonly fal: Fal;
  readonly policy: Policy;
  /** Whom we may call for customers; absent: public https targets only. */
  readonly outbound?: OutboundPolicy;
  /** Seals what we sign for customers with. */
  readonly secretBox: SecretBox;
  readonly log: Log;
  /** This process, as owner of what it sends and claims. */
  readonly owner: string;
  /** Wall clock, for prices, ids and signature windows. Leases and schedules use Postgres time only. */
  now(): number;
  /** Milliseconds that only go forward, also while the process is stopped: for deadlines inside this process. */
  monotonicMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Named points at which a test may hold, fail or kill the process. Does nothing outside tests. */
  failpoint(name: FailpointName): Promise<void>;
}

/** pino's shape: fields first, then a constant phrase. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const ENQUEUE_PATIENCE_MS = 3_000;

/**
 * Enqueues after a commit. Never throws and never waits long: the queue is disposable, and patrol creates again whatever
 * did not arrive.
 */
export async function enqueueAfterCommit(context: Context, task: TaskName, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the queue did not answer in time')), ENQUEUE_PATIENCE_MS);
    timer.unref();
  });
  try {
    await Promise.race([context.queue.enqueue(task, ids), patience]);
  } catch (error) {
    context.log.warn({ err: error, task, count: ids.length }, 'task not enqueued; patrol will');
  } finally {
    clearTimeout(timer);
  }
}

/** Time and chance as a running process has them, and no failpoints. */
export const REAL_WORLD: Pick<Context, 'now' | 'monotonicMs' | 'random' | 'failpoint'> = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  failpoint: async () => {},
};
