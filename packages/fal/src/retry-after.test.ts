import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12, 0, 0);

describe('parseRetryAfter', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['fractions of a second', '0.5', 500],
    ['a date', 'Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['a date that has passed', 'Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['an absurd number', '99999999999', 86_400_000],
    ['words', 'soon', null],
    ['nothing', null, null],
  ])('reads %s', (_name, value, waitMs) => {
    expect(parseRetryAfter(value, NOW_MS)).toBe(waitMs);
  });
});
