import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, makePolicy } from '../policy/policy.ts';
import { type LookTaken, nextLook, reviewDeadlineMs, scheduleEndMs, spentAfterMs } from './look-schedule.ts';

const MIDDLE = 0.5;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LAST = DEFAULT_POLICY.evidenceMs.length - 1;

const after = (change: Partial<LookTaken>, chance = MIDDLE) =>
  nextLook(
    DEFAULT_POLICY,
    {
      ...{ reading: 'read', made: 0, misreads: 0, ambiguous: false, scheduleOver: false, deadlineOver: false },
      ruleDueMs: null,
      ...change,
    },
    chance,
  );

describe('after a look that was made', () => {
  it.each([
    [0, 90_000],
    [1, 3 * MINUTE],
    [2, 10 * MINUTE],
    [3, 45 * MINUTE],
  ])('the schedule goes on: number %i is followed after %i ms', (made, delayMs) => {
    expect(after({ made })).toEqual({ delayMs, park: false });
  });

  it('and was the last of the schedule, the job is parked and looked for every six hours', () => {
    expect(after({ made: LAST, scheduleOver: true })).toEqual({ delayMs: 6 * HOUR, park: true });
    expect(after({ made: LAST + 9, scheduleOver: true })).toEqual({ delayMs: 6 * HOUR, park: true });
  });

  it('and found two that fit, the job is parked at once and looked for now and then', () => {
    expect(after({ ambiguous: true, ruleDueMs: MINUTE })).toEqual({ delayMs: 6 * HOUR, park: true });
  });

  it('and was the last, the job stays while the rule may still help', () => {
    expect(after({ made: LAST, scheduleOver: true, ruleDueMs: 2 * HOUR })).toEqual({ delayMs: 2 * HOUR, park: false });
    expect(after({ made: LAST, scheduleOver: true, ruleDueMs: 0 })).toEqual({ delayMs: 1, park: false });
  });

  it('of nothing that could be read ever, the job is parked and nothing more is due', () => {
    expect(after({ reading: 'no_listing', made: LAST })).toEqual({ delayMs: null, park: true });
  });
});

describe('a look that could not be made', () => {
  it('is repeated soon, then ever more slowly', () => {
    const delays = [0, 1, 2, 3, 8, 50].map((misreads) => after({ reading: 'not_read', misreads }).delayMs);

    expect(delays).toEqual([5_000, 10_000, 20_000, 40_000, 15 * MINUTE, 15 * MINUTE]);
  });

  it('parks the job once the time of the schedule is over, and is repeated all the same', () => {
    expect(after({ reading: 'not_read' }).park).toBe(false);
    expect(after({ reading: 'not_read', scheduleOver: true })).toEqual({ delayMs: 5_000, park: true });
    expect(after({ reading: 'not_read', scheduleOver: true, ruleDueMs: HOUR }).park).toBe(false);
  });
});

it('at the review deadline every look ends and the job is parked', () => {
  for (const reading of ['read', 'not_read', 'no_listing'] as const) {
    expect(after({ reading, deadlineOver: true, ruleDueMs: 5 })).toEqual({ delayMs: null, park: true });
  }
});

it('a delay is never zero, and is divided by the time scale', () => {
  const readings = fc.constantFrom('read' as const, 'not_read' as const);
  fc.assert(
    fc.property(
      readings,
      fc.nat(30),
      fc.nat(99),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (reading, made, n, by) => {
        const look = { reading, made, misreads: n, ambiguous: false, scheduleOver: true, deadlineOver: false };
        const next = (timeScale: number) =>
          nextLook(makePolicy({ timeScale }), { ...look, ruleDueMs: null }, by).delayMs ?? 0;
        expect(next(1_000_000)).toBeGreaterThanOrEqual(1);
        expect(Math.abs(next(100) - next(1) / 100)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

it('ends with the last entry of the schedule, and a job may wait for a week', () => {
  expect(scheduleEndMs(DEFAULT_POLICY)).toBe(HOUR);
  expect(scheduleEndMs(makePolicy({ evidenceMs: [] }))).toBe(1);
  expect(reviewDeadlineMs(DEFAULT_POLICY)).toBe(7 * 24 * HOUR);
});

it('counts an attempt as spent after start timeout, longest run, callbacks and a margin: 3 h 45 min and the grace', () => {
  expect(spentAfterMs(DEFAULT_POLICY)).toBe(3 * HOUR + 45 * MINUTE + 15_000);
  expect(spentAfterMs(makePolicy({ timeScale: 1_000_000 }))).toBeGreaterThan(DEFAULT_POLICY.sendGraceMs);
});
