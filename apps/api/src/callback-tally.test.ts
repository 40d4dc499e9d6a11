import { describe, expect, it } from 'vitest';
import { makeCallbackTally } from './callback-tally.ts';

function talliedAt(clock: { nowMs: number }) {
  const lines: object[] = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, error: quiet, warn: (fields: object) => void lines.push(fields) };
  return { lines, tally: makeCallbackTally({ log, monotonicMs: () => clock.nowMs }) };
}

describe('the tally of callbacks', () => {
  it('counts every refusal and says each reason once a minute, with the count', () => {
    const clock = { nowMs: 5 };
    const { lines, tally } = talliedAt(clock);

    for (let i = 0; i < 1000; i++) tally.refuse('bad_signature', { attemptId: 'att_1' });
    tally.refuse('token');
    clock.nowMs += 60_000;
    tally.refuse('bad_signature');

    expect(tally.counts()).toEqual({ 'forged.bad_signature': 1001, 'forged.token': 1 });
    expect(lines).toEqual([
      { reason: 'bad_signature', refused: 1, attemptId: 'att_1' },
      { reason: 'token', refused: 1 },
      { reason: 'bad_signature', refused: 1001 },
    ]);
  });

  it('counts what was taken without a line in the log', () => {
    const { lines, tally } = talliedAt({ nowMs: 0 });

    tally.count('stored');
    tally.count('stored');
    tally.count('duplicate');

    expect(tally.counts()).toEqual({ stored: 2, duplicate: 1 });
    expect(lines).toEqual([]);
  });
});
