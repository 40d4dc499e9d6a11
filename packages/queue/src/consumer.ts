/**
 * Runs the tasks of one queue. BullMQ delivers at least once, so `run` must bear being called twice, even at the same
 * time; a task whose `run` throws is dropped, because patrol makes it again from Postgres when it is still due.
 */
import { type Job, RateLimitError, Worker } from 'bullmq';
import { openBackend, type QueueBackend } from './backend.ts';
import { openQueue } from './producer.ts';
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
  /** Takes no new task and waits for the running ones, at most `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

/** A killed worker's task is taken over within about three of these. */
const LOCK_MS = 5_000;
const STALLS_MAX = 10;
const HOLD_MAX_MS = 5_000;

export function createTaskConsumer(backend: QueueBackend, options: TaskConsumerOptions): TaskConsumer {
  const { task, onError } = options;
  const handle = openBackend(backend, 'consume', onError);
  const queue = openQueue(task, handle, onError);
  const process = async (job: Job<TaskPayload>) => {
    const verdict = await options.run(job.data.id);
    if (verdict.kind === 'done') return;
    // Bounded, so that an embargo that ends early is noticed soon.
    await queue.rateLimit(Math.min(Math.max(1, Math.ceil(verdict.forMs)), HOLD_MAX_MS));
    if (verdict.again) throw new RateLimitError();
  };
  const worker = new Worker<TaskPayload>(
    task,
    process,
    {
      ...handle.options,
      concurrency: TASKS[task].concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS,
      maxStalledCount: STALLS_MAX,
      runRetryDelay: 1_000,
      ...(options.limiter ? { limiter: { max: options.limiter.max, duration: options.limiter.durationMs } } : {}),
    },
    handle.factory as never,
  );
  worker.on('error', onError);
  worker.on('failed', (_job, error) => onError(error));
  return {
    close: async (deadlineMs) => {
      await withDeadline(worker.close(), deadlineMs, () => worker.close(true));
      await queue.close().catch(onError);
      await handle.release();
    },
  };
}

async function withDeadline(closing: Promise<void>, deadlineMs: number, force: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadlineMs);
  });
  const ended = await Promise.race([closing.catch(() => undefined), late]);
  clearTimeout(timer);
  if (ended === 'late') await force().catch(() => undefined);
}
