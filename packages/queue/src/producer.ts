/** Puts tasks into the queues. A task that is added twice runs twice, which every verb bears; one that is lost is made again by patrol. */
import { openBackend, type QueueBackend } from './backend.ts';
import { openQueue } from './open-queue.ts';
import { TASKS, type TaskName, type TaskProducer } from './tasks.ts';

/** Nothing is kept: no task id guards anything, and a finished task has nothing to tell. */
const TASK_OPTIONS = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

export function createTaskProducer(backend: QueueBackend, onError: (error: Error) => void): TaskProducer {
  const handle = openBackend(backend, 'produce', onError);
  const queues = new Map(TASK_NAMES.map((task) => [task, openQueue(task, handle, onError)]));
  return {
    enqueue: async (task, ids) => {
      if (ids.length === 0) return;
      const queue = await queues.get(task)?.get();
      await queue?.addBulk(ids.map((id) => ({ name: task, data: { id }, opts: TASK_OPTIONS })));
    },
    close: async () => {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      await handle.release();
    },
  };
}

export const TASK_NAMES = Object.keys(TASKS) as TaskName[];
