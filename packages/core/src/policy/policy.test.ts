import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, DEFAULT_SUBMITS_PER_SECOND, makePolicy, scaled, submitLimiter } from './policy.ts';

describe('a policy', () => {
  it('is the default with what was overridden', () => {
    expect(makePolicy({ maxAttempts: 7 })).toEqual({ ...DEFAULT_POLICY, maxAttempts: 7 });
  });

  it('does not scale by itself, so a policy built on another is not scaled twice', () => {
    expect(makePolicy(makePolicy({ timeScale: 60 }))).toEqual({ ...DEFAULT_POLICY, timeScale: 60 });
  });

  it.each([0, 0.5, -1, Number.NaN])('refuses the time scale %d', (timeScale) => {
    expect(() => makePolicy({ timeScale })).toThrow(RangeError);
  });
});

it.each([
  [1, 10_000, 10_000],
  [60, 10_000, 167],
  [1_000_000, 10_000, 1],
])('under the time scale %i, %i ms take %i ms', (timeScale, durationMs, wallMs) => {
  expect(scaled(makePolicy({ timeScale }), durationMs)).toBe(wallMs);
});

describe('the submit rate', () => {
  it.each([
    [DEFAULT_SUBMITS_PER_SECOND, { max: 1, durationMs: 100 }],
    [1, { max: 1, durationMs: 1_000 }],
    [0.5, { max: 1, durationMs: 2_000 }],
    [200, { max: 1, durationMs: 5 }],
    [1_000, { max: 10, durationMs: 10 }],
  ])('of %d a second becomes slices', (perSecond, limiter) => {
    expect(submitLimiter(perSecond)).toEqual(limiter);
  });

  it('is never exceeded, and at least four fifths of it are used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (perSecond) => {
        const { max, durationMs } = submitLimiter(perSecond);
        const allowed = (max * 1_000) / durationMs;
        expect(allowed).toBeLessThanOrEqual(perSecond);
        expect(allowed).toBeGreaterThanOrEqual(perSecond * 0.8);
      }),
    );
  });

  it('takes whole slices that timers can keep', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (perSecond) => {
        const { max, durationMs } = submitLimiter(perSecond);
        return Number.isInteger(max) && max >= 1 && Number.isInteger(durationMs) && durationMs >= 5;
      }),
    );
  });

  it('lets one through at a time up to 200 a second, so that no window holds twice the rate', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), (perSecond) => submitLimiter(perSecond).max === 1));
  });
});
