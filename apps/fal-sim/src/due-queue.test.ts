import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueQueue } from './due-queue.ts';

it('gives tasks back in the order they are due, whatever the order they came in', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (dueTimes) => {
      const queue = new DueQueue();
      for (const dueMs of dueTimes) queue.push({ dueMs, run: undefined });

      const popped: number[] = [];
      for (let task = queue.pop(); task; task = queue.pop()) popped.push(task.dueMs);

      expect(popped).toEqual(dueTimes.toSorted((a, b) => a - b));
    }),
  );
});
