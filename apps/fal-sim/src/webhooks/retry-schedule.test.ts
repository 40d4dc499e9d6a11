import { expect, it } from 'vitest';
import { RETRY_SCHEDULES, retryDelayMs } from './retry-schedule.ts';

function delaysOf(name: keyof typeof RETRY_SCHEDULES): number[] {
  const delays: number[] = [];
  for (let nth = 1; ; nth += 1) {
    const delayMs = retryDelayMs(RETRY_SCHEDULES[name], nth);
    if (delayMs === null) return delays;
    delays.push(delayMs);
  }
}

it.each([
  ['current', 31, 3_600_000],
  ['legacy', 10, 7_200_000],
] as const)('the %s schedule has %i growing pauses that fill most of its window', (name, retries, windowMs) => {
  const delays = delaysOf(name);
  const total = delays.reduce((sum, delayMs) => sum + delayMs, 0);

  expect(delays).toHaveLength(retries);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect(total).toBeLessThan(windowMs);
  expect(total).toBeGreaterThan(0.9 * windowMs);
});
