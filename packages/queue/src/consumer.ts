/**
 * Runs the tasks of one queue. BullMQ delivers at least once, so `run` must bear being called twice, even at the same
 * time; a task whose `run` throws is dropped, because patrol makes it again from Postgres when it is still due.
 */
import { type Job, RateLimitError, Worker, type WorkerOptions } from 'bullmq';
import { type BackendHandle, openBackend, type QueueBackend } from './backend.ts';
import { endsWithin } from './ends-within.ts';
import { openQueue } from './open-queue.ts';
import { openWorker } from './open-worker.ts';
import { TASKS, type TaskName, type TaskPayload } from './tasks.ts';

export type TaskVerdict =
  | { readonly kind: 'done' }
  /** Nothing of this queue is to start for a while; this very task comes back afterwards if `again`. */
  | { readonly kind: 'hold'; readonly forMs: number; readonly again: boolean };

export interface TaskConsumerOptions {
  readonly task: TaskName;
  readonly run: (id: string) => Promise<TaskVerdict>;
  /** Without a limiter a hold binds this process only, so a queue that holds needs one. */
  readonly limiter?: { readonly max: number; readonly durationMs: number };
  readonly onError: (error: Error) => void;
}

export interface TaskConsumer {
  /**
   * Takes no new task and waits for the running ones, at most `deadlineMs`. What still runs then is cut off: it is no
   * longer kept locked, so another worker takes its task over.
   */
  close(deadlineMs: number): Promise<void>;
}

/** A killed worker's task is taken over within about three of these. */
const LOCK_MS = 5_000;
const STALLS_MAX = 10;
const HOLD_MAX_MS = 5_000;
/** Between two tries to reach a store that is gone. */
const RETRY_MS = 1_000;
/** A store that is gone answers no farewell. */
const DISCONNECT_MAX_MS = 2_000;

export function createTaskConsumer(backend: QueueBackend, options: TaskConsumerOptions): TaskConsumer {
  const { task, onError } = options;
  const handle = openBackend(backend, 'consume', onError);
  const queue = openQueue(task, handle, onError);
  const running = new Set<Promise<TaskVerdict>>();
  let closing = false;
  const runTask = async (job: Job<TaskPayload>) => {
    // Fetched in the instant of closing: it goes back, for others.
    if (closing) throw new RateLimitError();
    const verdict = await whileIn(running, options.run(job.data.id));
    if (verdict.kind === 'done') return;
    // Bounded, so that an embargo that ends early is noticed soon.
    await (await queue.get()).rateLimit(Math.min(Math.max(1, Math.ceil(verdict.forMs)), HOLD_MAX_MS));
    if (verdict.again) throw new RateLimitError();
  };
  const worker = openWorker(
    () => new Worker<TaskPayload>(task, runTask, workerOptions(options, handle), handle.factory as never),
    { retryMs: RETRY_MS, onError },
  );
  return {
    close: async (deadlineMs) => {
      closing = true;
      // BullMQ can't turn a graceful close into a forced one, so the wait for running tasks comes before its close.
      await worker.pause();
      const drained = await endsWithin(deadlineMs, Promise.allSettled(running));
      await endsWithin(DISCONNECT_MAX_MS, worker.close(!drained).catch(onError));
      await endsWithin(DISCONNECT_MAX_MS, queue.close().catch(onError));
      await handle.release();
    },
  };
}

function workerOptions(options: TaskConsumerOptions, handle: BackendHandle): WorkerOptions {
  return {
    ...handle.options,
    concurrency: TASKS[options.task].concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS,
    maxStalledCount: STALLS_MAX,
    // On PostgreSQL a wake-up that comes between two looks is missed; the next look is at most this far away.
    drainDelay: 1,
    runRetryDelay: RETRY_MS,
    ...(options.limiter ? { limiter: { max: options.limiter.max, duration: options.limiter.durationMs } } : {}),
  };
}

async function whileIn<T>(set: Set<Promise<T>>, promise: Promise<T>): Promise<T> {
  set.add(promise);
  try {
    return await promise;
  } finally {
    set.delete(promise);
  }
}
