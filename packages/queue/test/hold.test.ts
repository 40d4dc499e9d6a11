import { eventually } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackend } from '../src/backend.ts';
import { openQueue } from '../src/open-queue.ts';
import { DONE, idsOf, openTestQueue, type TestQueue } from './support/test-queue.ts';

/** Stores keep a hold by their own clocks, in whole milliseconds. */
const CLOCK_SLACK_MS = 50;
const LIMITER = { max: 1, durationMs: 5 };

let queue: TestQueue;
let probe: { holdLeftMs(): Promise<number>; close(): Promise<void> };
beforeEach(async () => {
  queue = await openTestQueue();
  probe = openProbe();
});
afterEach(async () => {
  await probe.close();
  await queue.close();
});

/** Reads how long the submit queue still holds still. */
function openProbe() {
  const ignore = () => {};
  const handle = openBackend(queue.backend, 'produce', ignore);
  const submits = openQueue('submit', handle, ignore);
  return {
    holdLeftMs: () => submits.get().then((submitQueue) => submitQueue.getRateLimitTtl()),
    close: async () => {
      await submits.close();
      await handle.release();
    },
  };
}

/** Waits until the queue holds still for longer than that, and tells when this was seen. */
const holdOf = (overMs: number) =>
  eventually(
    async () => {
      const leftMs = await probe.holdLeftMs();
      if (leftMs <= overMs) throw new Error(`the queue holds for ${leftMs} ms`);
      return { seenMs: performance.now(), leftMs };
    },
    { intervalMs: 5 },
  );

describe('a hold', () => {
  it('brings its own task back afterwards, and not before', async () => {
    const startsMs: number[] = [];
    const run = async () => {
      startsMs.push(performance.now());
      return startsMs.length === 1 ? ({ kind: 'hold', forMs: 400, again: true } as const) : DONE;
    };
    queue.consume({ task: 'submit', run, limiter: LIMITER });

    await queue.producer.enqueue('submit', ['held']);

    await eventually(() => startsMs.length === 2);
    const [first = 0, second = 0] = startsMs;
    expect(second - first).toBeGreaterThanOrEqual(400 - CLOCK_SLACK_MS);
  });

  it('does not bring its task back unless asked to', async () => {
    const runs: string[] = [];
    const run = async (id: string) => {
      runs.push(id);
      return id === 'first' ? ({ kind: 'hold', forMs: 200, again: false } as const) : DONE;
    };
    queue.consume({ task: 'submit', run, limiter: LIMITER });

    await queue.producer.enqueue('submit', ['first']);
    await holdOf(50);
    await queue.producer.enqueue('submit', ['second']);

    await eventually(() => runs.includes('second'));
    expect(runs).toEqual(['first', 'second']);
  });

  it('binds every consumer of the queue, not the one that asked for it alone', async () => {
    const startsMs: number[] = [];
    const run = async (id: string) => {
      if (id === 'holds') return { kind: 'hold', forMs: 1_000, again: false } as const;
      startsMs.push(performance.now());
      return DONE;
    };
    queue.consume({ task: 'submit', run, limiter: LIMITER });
    queue.consume({ task: 'submit', run, limiter: LIMITER });

    await queue.producer.enqueue('submit', ['holds']);
    const { seenMs, leftMs } = await holdOf(500);
    await queue.producer.enqueue('submit', idsOf('task', 10));

    await eventually(() => startsMs.length === 10);
    expect(Math.min(...startsMs)).toBeGreaterThanOrEqual(seenMs + leftMs - CLOCK_SLACK_MS);
  });

  it('lasts no longer than five seconds at a time, whatever was asked for', async () => {
    const run = async () => ({ kind: 'hold', forMs: 3_600_000, again: false }) as const;
    queue.consume({ task: 'submit', run, limiter: LIMITER });

    await queue.producer.enqueue('submit', ['long']);

    expect((await holdOf(1_000)).leftMs).toBeLessThanOrEqual(5_000);
  });

  it.each([0, -5, 0.2])('of %d ms is the shortest there is, and its task comes back', async (forMs) => {
    let runs = 0;
    const run = async () => {
      runs += 1;
      return runs === 1 ? ({ kind: 'hold', forMs, again: true } as const) : DONE;
    };
    queue.consume({ task: 'submit', run, limiter: LIMITER });

    await queue.producer.enqueue('submit', ['short']);

    await eventually(() => runs === 2);
  });
});
