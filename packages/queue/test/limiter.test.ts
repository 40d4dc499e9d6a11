import { eventually } from '@reelay/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idsOf, noting, openTestQueue, type TestQueue } from './support/test-queue.ts';

let queue: TestQueue;
beforeEach(async () => {
  queue = await openTestQueue();
});
afterEach(() => queue.close());

/** The most starts that any window of this length holds. */
function mostWithin(windowMs: number, startsMs: readonly number[]): number {
  const sorted = [...startsMs].sort((a, b) => a - b);
  return Math.max(...sorted.map((from) => sorted.filter((at) => at >= from && at < from + windowMs).length));
}

it('spaces the starts of all consumers together, however much waits', async () => {
  const startsMs: number[] = [];
  const run = noting(() => startsMs.push(performance.now()));
  const limiter = { max: 1, durationMs: 50 };
  await queue.producer.enqueue('submit', idsOf('task', 40));

  queue.consume({ task: 'submit', run, limiter });
  queue.consume({ task: 'submit', run, limiter });

  await eventually(() => startsMs.length === 40, { timeoutMs: 20_000 });
  // Ten are due in half a second. A busy machine may see a start late, and the next one in time.
  expect(mostWithin(500, startsMs)).toBeLessThanOrEqual(15);
  expect(Math.max(...startsMs) - Math.min(...startsMs)).toBeGreaterThanOrEqual(39 * 50 * 0.8);
});

it('holds nothing back where there is no limiter', async () => {
  const startsMs: number[] = [];
  await queue.producer.enqueue('settle', idsOf('task', 40));

  queue.consume({ task: 'settle', run: noting(() => startsMs.push(performance.now())) });

  await eventually(() => startsMs.length === 40);
  expect(mostWithin(500, startsMs)).toBeGreaterThan(15);
});
