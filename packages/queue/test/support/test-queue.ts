/** The queues of one test, on the backend of this run, with everything that was opened closed after it. */
import {
  createTaskConsumer,
  createTaskProducer,
  type QueueBackend,
  type TaskConsumer,
  type TaskConsumerOptions,
  type TaskProducer,
  type TaskVerdict,
} from '@reelay/queue';
import { createTestDatabase, testBackend } from '@reelay/testkit';

export const DONE: TaskVerdict = { kind: 'done' };

/** A task that only notes its id. */
export function noting(note: (id: string) => unknown): TaskConsumerOptions['run'] {
  return async (id) => {
    note(id);
    return DONE;
  };
}

export interface TestQueue {
  readonly backend: QueueBackend;
  readonly producer: TaskProducer;
  /** Messages of what BullMQ and the connections reported. */
  readonly errors: readonly string[];
  consume(options: Omit<TaskConsumerOptions, 'onError'>): TaskConsumer;
  close(): Promise<void>;
}

export async function openTestQueue(): Promise<TestQueue> {
  const database = await createTestDatabase();
  const queue = openQueueOn(testBackend(database.url));
  return {
    ...queue,
    close: async () => {
      await queue.close();
      await database.drop();
    },
  };
}

export function openQueueOn(backend: QueueBackend): TestQueue {
  const errors: string[] = [];
  const onError = (error: Error) => void errors.push(error.message);
  const producer = createTaskProducer(backend, onError);
  const consumers: TaskConsumer[] = [];
  return {
    backend,
    producer,
    errors,
    consume: (options) => {
      const consumer = createTaskConsumer(backend, { ...options, onError });
      consumers.push(consumer);
      return consumer;
    },
    close: async () => {
      await Promise.all(consumers.map((consumer) => consumer.close(0)));
      await producer.close();
    },
  };
}

export const idsOf = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** Holds a task for as long as a test wants it to run. */
export function makeGate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
