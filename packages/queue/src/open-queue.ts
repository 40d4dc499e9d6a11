/**
 * A queue that opens when it is first used, and again after it could not: BullMQ on PostgreSQL looks once whether its
 * tables are there and keeps a failure for good, so a process that starts before its store would never enqueue anything.
 */
import { Queue } from 'bullmq';
import type { BackendHandle } from './backend.ts';
import type { TaskName, TaskPayload } from './tasks.ts';

export interface LazyQueue {
  /** Rejects while the store can't be reached; the next call tries anew. */
  get(): Promise<Queue<TaskPayload>>;
  close(): Promise<void>;
}

export function openQueue(task: TaskName, handle: BackendHandle, onError: (error: Error) => void): LazyQueue {
  let queue: Queue<TaskPayload> | undefined;
  let ready: Promise<Queue<TaskPayload>> | undefined;

  async function open(): Promise<Queue<TaskPayload>> {
    const opened = new Queue<TaskPayload>(task, handle.options, handle.factory as never) as Queue<TaskPayload>;
    opened.on('error', onError);
    queue = opened;
    try {
      await opened.waitUntilReady();
      return opened;
    } catch (error) {
      ready = undefined;
      await opened.close().catch(onError);
      throw error;
    }
  }

  return {
    get: () => {
      ready ??= open();
      return ready;
    },
    close: async () => queue?.close(),
  };
}
