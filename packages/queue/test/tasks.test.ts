import { TASK_NAMES } from '@reelay/queue';
import { eventually } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DONE, idsOf, noting, openTestQueue, type TestQueue } from './support/test-queue.ts';

let queue: TestQueue;
beforeEach(async () => {
  queue = await openTestQueue();
});
afterEach(() => queue.close());

describe('every task', () => {
  it('arrives, also when it was enqueued before anyone consumed', async () => {
    const ids = idsOf('task', 300);
    const seen = new Set<string>();
    await queue.producer.enqueue('settle', ids);

    queue.consume({ task: 'settle', run: noting((id) => seen.add(id)) });
    await queue.producer.enqueue('settle', ['late']);

    await eventually(() => seen.size === 301);
    expect([...seen].sort()).toEqual([...ids, 'late'].sort());
  });

  it('arrives once at two consumers together', async () => {
    const runs: string[] = [];
    const run = noting((id) => runs.push(id));
    queue.consume({ task: 'settle', run });
    queue.consume({ task: 'settle', run });

    const ids = idsOf('task', 100);
    await Promise.all(ids.map((id) => queue.producer.enqueue('settle', [id])));

    await eventually(() => runs.length >= 100);
    expect([...runs].sort()).toEqual(ids.sort());
  });

  it.each(TASK_NAMES)('of %s arrives at the consumers of its own kind alone', async (task) => {
    const runs: string[] = [];
    for (const kind of TASK_NAMES) {
      queue.consume({ task: kind, run: noting((id) => runs.push(`${kind} ran ${id}`)) });
    }

    await queue.producer.enqueue(task, ['one']);

    await eventually(() => runs.length > 0);
    expect(runs).toEqual([`${task} ran one`]);
  });

  it('that is enqueued twice runs once or twice, never not at all', async () => {
    const runs: string[] = [];
    queue.consume({ task: 'settle', run: noting((id) => runs.push(id)) });

    await queue.producer.enqueue('settle', ['twice', 'twice']);
    await queue.producer.enqueue('settle', ['last']);

    await eventually(() => runs.includes('last') && runs.includes('twice'));
    expect(runs.filter((id) => id === 'twice').length).toBeLessThanOrEqual(2);
  });

  it('can be enqueued again after it ran, and runs again', async () => {
    const runs: string[] = [];
    queue.consume({ task: 'submit', run: noting((id) => runs.push(id)) });

    for (let round = 1; round <= 3; round++) {
      await queue.producer.enqueue('submit', ['again']);
      await eventually(() => runs.length === round);
    }

    expect(runs).toEqual(['again', 'again', 'again']);
  });
});

it('drops a task that throws, reports it, and goes on with the next', async () => {
  const runs: string[] = [];
  const run = async (id: string) => {
    runs.push(id);
    if (id === 'bad') throw new Error('the verb failed on bad');
    return DONE;
  };
  queue.consume({ task: 'import', run });

  await queue.producer.enqueue('import', ['bad']);
  await eventually(() => queue.errors.includes('the verb failed on bad'));
  await queue.producer.enqueue('import', idsOf('good', 5));

  await eventually(() => runs.length >= 6);
  expect([...runs].sort()).toEqual(['bad', ...idsOf('good', 5)]);
});

it('enqueues nothing for no ids, and says nothing', async () => {
  await queue.producer.enqueue('submit', []);

  expect(queue.errors).toEqual([]);
});
