import { describe, expect, it } from 'vitest';
import { judgeAnswer } from './judge-answer.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const answered = (status: number, retryAfter: string | null = null) =>
  judgeAnswer({ kind: 'answered', status, retryAfter }, NOW);

describe("an endpoint's answer", () => {
  it.each([200, 201, 202, 204, 299])('%i is a yes, whatever else it asks for', (status) => {
    expect(answered(status, '60')).toEqual({ kind: 'delivered' });
  });

  it.each([301, 302, 303, 307, 308])('%i is a failure: nobody is followed', (status) => {
    expect(answered(status)).toEqual({ kind: 'retry', error: 'redirect', pauseMs: null, overloaded: false });
  });

  it('410 ends it', () => {
    expect(answered(410, '60')).toEqual({ kind: 'gone', error: 'gone' });
  });

  it.each([429, 502, 504])('%i lets the endpoint rest', (status) => {
    expect(answered(status)).toEqual({ kind: 'retry', error: 'status', pauseMs: null, overloaded: true });
  });

  it.each([100, 400, 401, 404, 500, 503])('%i is tried again', (status) => {
    expect(answered(status)).toEqual({ kind: 'retry', error: 'status', pauseMs: null, overloaded: false });
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['999999999999', 86_400_000],
    ['Sat, 23 Nov 2126 12:00:00 GMT', 86_400_000],
  ])('that asks for %s gets it, within a day', (retryAfter, pauseMs) => {
    expect(answered(503, retryAfter)).toMatchObject({ pauseMs });
  });

  it.each(['soon', '-5', '1e9', '', '12 monkeys'])('that asks for "%s" asks for nothing', (retryAfter) => {
    expect(answered(503, retryAfter)).toMatchObject({ pauseMs: null });
  });
});

it.each([
  [{ kind: 'failed', reason: 'timeout' } as const, 'timeout'],
  [{ kind: 'blocked', reason: '10.0.0.1 is private' } as const, 'blocked'],
])('no answer is tried again', (end, error) => {
  expect(judgeAnswer(end, NOW)).toEqual({ kind: 'retry', error, pauseMs: null, overloaded: false });
});
