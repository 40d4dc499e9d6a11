/**
 * A worker that is opened again for as long as it could not connect at first: on PostgreSQL BullMQ keeps that failure for
 * good (see open-queue.ts). One that has connected once finds its way back to its store by itself.
 */
import type { Worker } from 'bullmq';

export interface OpenWorker {
  /** Takes no new task; running ones go on. */
  pause(): Promise<void>;
  /** Waits for running tasks, unless forced. */
  close(force: boolean): Promise<void>;
}

export function openWorker<T>(
  open: () => Worker<T>,
  options: { readonly retryMs: number; readonly onError: (error: Error) => void },
): OpenWorker {
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  let worker = openAndWatch();

  function openAndWatch(): Worker<T> {
    const opened = open();
    opened.on('error', options.onError);
    opened.on('failed', (_job, error) => options.onError(error));
    opened.waitUntilReady().catch(() => {
      if (!stopped) retry = setTimeout(replace, options.retryMs);
    });
    return opened;
  }

  function replace(): void {
    worker.close(true).catch(options.onError);
    worker = openAndWatch();
  }

  return {
    pause: async () => {
      stopped = true;
      clearTimeout(retry);
      await worker.pause(true);
    },
    close: (force) => worker.close(force),
  };
}
