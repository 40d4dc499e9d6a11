/** The queue: tasks with an id, which may come late, twice or never. The simulation decides which. */
import type { TaskName, TaskProducer } from '@reelay/queue';
import type { Chance } from '../chance.ts';
import type { Entry } from '../time/agenda.ts';
import type { World } from '../world.ts';

export interface TaskQueue {
  /** As a producer of one thread sees it. */
  readonly producer: TaskProducer;
  deliver(task: TaskName, id: string, delayMs: number): void;
  /** The next task comes at once. */
  hurry(delayMs: number): void;
  /** Everything that waits is gone. */
  flush(): void;
}

export interface QueueParts {
  /** Asked for late: the queue is one of its parts. */
  readonly world: () => World;
  readonly chance: Chance;
  readonly run: (task: TaskName, id: string) => Promise<void>;
  /** Asked before anything is queued: a task must not name what is not committed. */
  readonly check: (task: TaskName, ids: readonly string[]) => Promise<void>;
}

interface Waiting {
  readonly task: TaskName;
  readonly id: string;
  readonly entry: Entry;
}

export function createTaskQueue(parts: QueueParts): TaskQueue {
  const { chance, world } = parts;
  const waiting = new Set<Waiting>();
  const deliver = (task: TaskName, id: string, delayMs: number) => {
    const entry = world().agenda.in(delayMs, `task ${task} ${id}`, async () => {
      waiting.delete(place);
      await parts.run(task, id);
    });
    const place: Waiting = { task, id, entry };
    waiting.add(place);
  };
  const enqueue = async (task: TaskName, ids: readonly string[]) => {
    await parts.check(task, ids);
    const { calm, labels, plan } = world();
    const troubled = (probability: number) => !calm && chance.happens(probability);
    if (troubled(plan.queue.refused)) throw new Error('the queue cannot be reached');
    for (const id of ids.toSorted((a, b) => (labels.of(a) < labels.of(b) ? -1 : 1))) {
      if (troubled(plan.queue.lost)) continue;
      deliver(task, id, chance.between(2, 400));
      if (troubled(plan.queue.doubled)) deliver(task, id, chance.pick([3, 200, 3_000, 40_000]));
    }
  };
  return {
    producer: { enqueue, close: async () => {} },
    deliver,
    flush: () => {
      for (const { entry } of waiting) world().agenda.drop(entry);
      waiting.clear();
    },
    hurry: (delayMs) => {
      const [next] = [...waiting].toSorted((a, b) => a.entry.atMs - b.entry.atMs);
      if (!next || next.entry.atMs <= world().agenda.now() + delayMs) return;
      world().agenda.drop(next.entry);
      waiting.delete(next);
      deliver(next.task, next.id, delayMs);
    },
  };
}
