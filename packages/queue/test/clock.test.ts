import { eventually } from '@reelay/testkit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { idsOf, noting, openTestQueue, type TestQueue } from './support/test-queue.ts';

const AHEAD_MS = 90_000;
const LIMITER = { max: 1, durationMs: 50 };

let queue: TestQueue;
beforeEach(async () => {
  queue = await openTestQueue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await queue.close();
});

it('a process whose clock runs ahead does not use up the rate of the others', async () => {
  const now = Date.now.bind(Date);
  const ran: string[] = [];
  const run = noting((id) => ran.push(id));
  vi.spyOn(Date, 'now').mockImplementation(() => now() + AHEAD_MS);
  await queue.producer.enqueue('submit', idsOf('ahead', 3));
  const ahead = queue.consume({ task: 'submit', run, limiter: LIMITER });
  await eventually(() => ran.length === 3);
  await ahead.close(1_000);
  vi.restoreAllMocks();

  await queue.producer.enqueue('submit', idsOf('right', 3));
  queue.consume({ task: 'submit', run, limiter: LIMITER });

  await eventually(() => ran.length === 6, { timeoutMs: 20_000 });
  expect(new Set(ran).size).toBe(6);
});
