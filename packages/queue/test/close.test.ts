import { setTimeout as takeTime } from 'node:timers/promises';
import { eventually } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DONE, type Gate, idsOf, makeGate, noting, openTestQueue, type TestQueue } from './support/test-queue.ts';

let queue: TestQueue;
let gate: Gate;
beforeEach(async () => {
  queue = await openTestQueue();
  gate = makeGate();
});
afterEach(async () => {
  gate.open();
  await queue.close();
});

/** A consumer with one task running that ends when the gate opens, and what it has run so far. */
async function consumeAndBlock() {
  const runs: string[] = [];
  const ended: string[] = [];
  const run = async (id: string) => {
    runs.push(id);
    await gate.opened;
    ended.push(id);
    return DONE;
  };
  const consumer = queue.consume({ task: 'settle', run });
  await queue.producer.enqueue('settle', ['running']);
  await eventually(() => runs.length === 1);
  return { consumer, runs, ended };
}

async function consumeElsewhere() {
  const runs: string[] = [];
  queue.consume({ task: 'settle', run: noting((id) => runs.push(id)) });
  return runs;
}

describe('closing', () => {
  it('waits for the running task, and takes no other meanwhile', async () => {
    const { consumer, runs, ended } = await consumeAndBlock();
    let closed = false;

    const closing = consumer.close(60_000).then(() => {
      closed = true;
    });
    const elsewhere = await consumeElsewhere();
    await queue.producer.enqueue('settle', idsOf('later', 20));
    await eventually(() => elsewhere.length === 20);

    expect({ closed, ended, runs }).toEqual({ closed: false, ended: [], runs: ['running'] });
    gate.open();
    await closing;
    expect(ended).toEqual(['running']);
  });

  it('waits for a slow task, longer than for a store that does not answer', async () => {
    const order: string[] = [];
    const run = async () => {
      order.push('started');
      await takeTime(3_000);
      order.push('ended');
      return DONE;
    };
    const consumer = queue.consume({ task: 'settle', run });
    await queue.producer.enqueue('settle', ['slow']);
    await eventually(() => order.length === 1);

    await consumer.close(60_000);

    expect(order).toEqual(['started', 'ended']);
  });

  it('ends soon after the last task, long before its deadline', async () => {
    const { consumer, ended } = await consumeAndBlock();
    const closing = consumer.close(3_600_000);

    gate.open();
    await closing;

    expect(ended).toEqual(['running']);
    expect(queue.errors).toEqual([]);
  });

  it('lets nothing start afterwards: what comes then is for others', async () => {
    const mine: string[] = [];
    const consumer = queue.consume({ task: 'settle', run: noting((id) => mine.push(id)) });
    await queue.producer.enqueue('settle', ['before']);
    await eventually(() => mine.length === 1);

    await consumer.close(5_000);
    await queue.producer.enqueue('settle', idsOf('after', 20));
    const elsewhere = await consumeElsewhere();

    await eventually(() => elsewhere.length === 20);
    expect(mine).toEqual(['before']);
  });

  it('loses nothing when tasks arrive in the very moment', async () => {
    const ids = idsOf('task', 200);
    const seen = new Set<string>();
    const run = noting((id) => seen.add(id));
    const consumer = queue.consume({ task: 'settle', run });

    const enqueued = Promise.all(ids.map((id) => queue.producer.enqueue('settle', [id])));
    await eventually(() => seen.size > 0, { intervalMs: 1 });
    await Promise.all([consumer.close(10_000), enqueued]);
    queue.consume({ task: 'settle', run });

    await eventually(() => seen.size === 200, { timeoutMs: 25_000 });
  });

  it('twice is as good as once', async () => {
    const consumer = queue.consume({ task: 'settle', run: async () => DONE });

    await Promise.all([consumer.close(1_000), consumer.close(1_000)]);
    await consumer.close(0);
  });
});

describe('a deadline that passes', () => {
  it('ends the wait for a task that goes on, and reports no fault when it ends at last', async () => {
    const { consumer, ended } = await consumeAndBlock();

    await consumer.close(0);

    expect(ended).toEqual([]);
    gate.open();
    await eventually(() => ended.length === 1);
    expect(queue.errors).toEqual([]);
  });

  it('hands the task to another consumer once its lock has run out', async () => {
    const { consumer } = await consumeAndBlock();

    await consumer.close(0);
    const elsewhere = await consumeElsewhere();

    await eventually(() => elsewhere.includes('running'), { timeoutMs: 25_000 });
  });
});
