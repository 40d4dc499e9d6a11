import { describe, expect, it } from 'vitest';
import { makePolicy } from '../policy/policy.ts';
import { BREAKER_FAILURES, noticeFor, overloadPauseMs, probePauseMs } from './endpoint-health.ts';

const REAL = makePolicy();
const DAY = 86_400_000;

describe('an endpoint that fails', () => {
  it('has no pause before the breaker opens, then longer ones, five minutes at most', () => {
    const pauses = Array.from({ length: 12 }, (_, n) => probePauseMs(REAL, n, 0.5));

    expect(pauses.slice(0, BREAKER_FAILURES)).toEqual([null, null, null, null, null]);
    expect(pauses.slice(BREAKER_FAILURES)).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(probePauseMs(REAL, 10_000, 0.5)).toBe(300_000);
  });

  it('that is overloaded is left alone for a second, then longer, a minute at most', () => {
    const pauses = [1, 2, 3, 6, 7, 8, 1_000].map((failures) => overloadPauseMs(REAL, failures));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it.each([
    [0, null],
    [2.49 * DAY, null],
    [2.5 * DAY, 50],
    [3.5 * DAY, 70],
    [4.5 * DAY, 90],
    [4.99 * DAY, 90],
    [5 * DAY, 100],
    [50 * DAY, 100],
  ])('is told of after %d ms at %s percent', (failingForMs, percent) => {
    expect(noticeFor(REAL, failingForMs)).toBe(percent);
  });

  it('is told of sooner under a time scale', () => {
    expect(noticeFor(makePolicy({ timeScale: 1_000 }), (5 * DAY) / 1_000)).toBe(100);
  });
});
