/** The queue: tasks with an id, which may come late, twice or never. The simulation decides which. */
import type { TaskName, TaskProducer } from '@reelay/queue';
import type { Chance } from '../chance.ts';
import type { Agenda, Entry } from '../time/agenda.ts';

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
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly plan: { readonly lost: number; readonly doubled: number; readonly refused: number };
  readonly isCalm: () => boolean;
  readonly label: (id: string) => string;
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
  const { agenda, chance, plan } = parts;
  const waiting = new Set<Waiting>();
  const deliver = (task: TaskName, id: string, delayMs: number) => {
    const entry = agenda.in(delayMs, `task ${task} ${id}`, async () => {
      waiting.delete(place);
      await parts.run(task, id);
    });
    const place: Waiting = { task, id, entry };
    waiting.add(place);
  };
  const enqueue = async (task: TaskName, ids: readonly string[]) => {
    await parts.check(task, ids);
    if (!parts.isCalm() && chance.happens(plan.refused)) throw new Error('the queue cannot be reached');
    for (const id of ids.toSorted((a, b) => (parts.label(a) < parts.label(b) ? -1 : 1))) {
      if (!parts.isCalm() && chance.happens(plan.lost)) continue;
      deliver(task, id, chance.between(2, 400));
      if (!parts.isCalm() && chance.happens(plan.doubled)) deliver(task, id, chance.pick([3, 200, 3_000, 40_000]));
    }
  };
  return {
    producer: { enqueue, close: async () => {} },
    deliver,
    flush: () => {
      for (const { entry } of waiting) agenda.drop(entry);
      waiting.clear();
    },
    hurry: (delayMs) => {
      const [next] = [...waiting].toSorted((a, b) => a.entry.atMs - b.entry.atMs);
      if (!next || next.entry.atMs <= agenda.now() + delayMs) return;
      agenda.drop(next.entry);
      waiting.delete(next);
      deliver(next.task, next.id, delayMs);
    },
  };
}
