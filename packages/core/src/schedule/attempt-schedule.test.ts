import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WAN_2_2_VIDEO_TO_VIDEO as WAN } from '../catalogue/models/wan-2.2-video-to-video.ts';
import { DEFAULT_POLICY, makePolicy } from '../policy/policy.ts';
import {
  nextEvidenceMs,
  nextPollMs,
  outcomeDeadlineMs,
  readAgainMs,
  TASK_MADE_MAX,
  taskLostMs,
  unknownSlotMs,
} from './attempt-schedule.ts';

const MIDDLE = 0.5;
const THREE_MINUTES_MS = 180_000;
const chances = fc.double({ min: 0, max: 1, noNaN: true });
const counts = fc.nat(10_000);
const medians = fc.integer({ min: 1_000, max: 3_600_000 });

describe('polls', () => {
  it('begin at half the usual run without webhooks, and after one and a half with them', () => {
    expect(nextPollMs(WAN, DEFAULT_POLICY, 0, false, MIDDLE)).toBe(45_000);
    expect(nextPollMs(WAN, DEFAULT_POLICY, 0, true, MIDDLE)).toBe(135_000);
  });

  it('follow each other eight times within a usual run without webhooks, then ever more slowly', () => {
    const gaps = [1, 2, 3, 4].map((polled) => nextPollMs(WAN, DEFAULT_POLICY, polled, false, MIDDLE));

    expect(gaps).toEqual([11_250, 14_063, 17_578, 21_973]);
  });

  it('are never three minutes apart, because fal may forget a result six minutes after it is done', () => {
    fc.assert(
      fc.property(medians, counts, fc.boolean(), chances, (medianRunMs, polled, expectsWebhook, chance) => {
        const model = { ...WAN, medianRunMs };
        return nextPollMs(model, DEFAULT_POLICY, polled, expectsWebhook, chance) < THREE_MINUTES_MS;
      }),
    );
  });

  it('vary by a tenth either way, so that attempts of one dispatch do not poll together', () => {
    expect(nextPollMs(WAN, DEFAULT_POLICY, 0, false, 0)).toBe(40_500);
    expect(nextPollMs(WAN, DEFAULT_POLICY, 0, false, 1)).toBe(49_500);
  });
});

describe('after a read that did not work', () => {
  it('asks again soon, then ever more slowly', () => {
    expect([0, 1, 2, 3, 4].map((polled) => readAgainMs(DEFAULT_POLICY, polled, MIDDLE))).toEqual([
      5_000, 10_000, 20_000, 40_000, 80_000,
    ]);
  });

  it('never waits three minutes', () => {
    fc.assert(
      fc.property(counts, chances, (polled, chance) => {
        return readAgainMs(DEFAULT_POLICY, polled, chance) < THREE_MINUTES_MS;
      }),
    );
  });
});

describe('looks for evidence', () => {
  it('come when the schedule says, counted from the moment the outcome became unknown', () => {
    const delays = [0, 1, 2, 3, 4].map((checked) => nextEvidenceMs(DEFAULT_POLICY, checked) ?? 0);

    expect(delays).toEqual([30_000, 90_000, 180_000, 600_000, 2_700_000]);
    expect(delays.reduce((sum, delay) => sum + delay)).toBe(3_600_000);
  });

  it('end with the schedule', () => {
    expect(nextEvidenceMs(DEFAULT_POLICY, 5)).toBeNull();
    expect(nextEvidenceMs(makePolicy({ evidenceMs: [] }), 0)).toBeNull();
  });
});

it('keeps the slot of an unknown attempt for three usual runs', () => {
  expect(unknownSlotMs(WAN, DEFAULT_POLICY)).toBe(270_000);
});

it('expects an outcome after start timeout, longest run and a margin: 105 minutes', () => {
  expect(outcomeDeadlineMs(DEFAULT_POLICY)).toBe(6_300_000);
});

it('divides every delay by the time scale, down to a millisecond', () => {
  const delays = (timeScale: number) => {
    const policy = makePolicy({ timeScale });
    return [
      nextPollMs(WAN, policy, 0, true, MIDDLE),
      nextPollMs(WAN, policy, 3, false, MIDDLE),
      readAgainMs(policy, 2, MIDDLE),
      nextEvidenceMs(policy, 0) ?? 0,
      unknownSlotMs(WAN, policy),
      outcomeDeadlineMs(policy),
    ];
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (timeScale) => {
      const unscaled = delays(1);
      for (const [i, delay] of delays(timeScale).entries()) {
        expect(delay).toBeGreaterThanOrEqual(1);
        expect(Math.abs(delay - Math.max(1, (unscaled[i] ?? 0) / timeScale))).toBeLessThanOrEqual(1);
      }
    }),
  );
});

describe('a task that was lost', () => {
  it('is made again after fifteen seconds, and then ever more slowly, to every two minutes', () => {
    const gaps = [1, 2, 3, 4, 5, 6, 100].map((made) => taskLostMs(DEFAULT_POLICY, made) / 1_000);

    expect(gaps).toEqual([15, 30, 60, 120, 120, 120, 120]);
    expect(taskLostMs(DEFAULT_POLICY, TASK_MADE_MAX)).toBe(120_000);
  });

  it('is not taken for lost while it waits for its turn, however fast policy runs', () => {
    expect(taskLostMs(makePolicy({ timeScale: 10_000 }), 1)).toBe(2_000);
  });
});
