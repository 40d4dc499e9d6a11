import { describe, expect, it } from 'vitest';
import { makePolicy } from '../policy/policy.ts';
import { billingWindowMs, firstBillLookMs, nextBillLookMs, nextBookingMs } from './bill-schedule.ts';

const HOUR_MS = 3_600_000;

describe('looks for a bill', () => {
  it('begin an hour after it was opened and come ever more slowly, at least once a day', () => {
    const policy = makePolicy();
    expect(firstBillLookMs(policy)).toBe(HOUR_MS);
    expect([0, 1, 2, 3, 4, 5, 6, 100].map((looks) => nextBillLookMs(policy, looks) / HOUR_MS)).toEqual([
      1, 2, 4, 8, 16, 24, 24, 24,
    ]);
    expect(nextBookingMs(policy, 0)).toBe(HOUR_MS / 4);
  });

  it('are no more than a dozen in the whole window', () => {
    const policy = makePolicy();
    const looks = Array.from({ length: 12 }, (_, made) => nextBillLookMs(policy, made));
    expect(looks.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(billingWindowMs(policy));
  });

  it('are scaled like all of the policy', () => {
    expect(nextBillLookMs(makePolicy({ timeScale: 3_600 }), 0)).toBe(1_000);
  });
});
