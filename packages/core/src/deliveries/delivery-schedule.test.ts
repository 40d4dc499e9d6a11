import { describe, expect, it } from 'vitest';
import { makePolicy } from '../policy/policy.ts';
import { DELIVERY_WAITS_MS, nextTryMs } from './delivery-schedule.ts';

const REAL = makePolicy();

describe('a delivery that failed', () => {
  it('is tried ten times over 75.6 hours', () => {
    const waits = DELIVERY_WAITS_MS.map((_, tries) => nextTryMs(REAL, tries, 0.5));

    expect(waits.map((ms) => Math.round((ms ?? 0) / 1000))).toEqual([
      0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]);
    expect(waits.reduce<number>((sum, ms) => sum + (ms ?? 0), 0) / 3_600_000).toBeCloseTo(75.6, 1);
    expect(nextTryMs(REAL, 10, 0.5)).toBeNull();
  });

  it.each([
    [0, 4_500],
    [0.5, 5_000],
    [0.9999, 5_500],
  ])('waits a tenth less or more, by chance %d', (chance, waitMs) => {
    expect(nextTryMs(REAL, 1, chance)).toBeCloseTo(waitMs, -1);
  });

  it('waits less under a time scale', () => {
    expect(nextTryMs(makePolicy({ timeScale: 1_000 }), 9, 0.5)).toBe(86_400);
  });
});
