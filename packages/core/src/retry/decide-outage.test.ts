import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../policy/policy.ts';
import { decideOutage } from './decide-embargo.ts';

const K = DEFAULT_POLICY.unclearAnswersMax;
const standing = { unclearInARow: K, underWay: 0, refusalsInARow: 0, isProbe: false };

it('a row of unclear answers closes dispatch as provider_down, one less does not', () => {
  expect(decideOutage(standing, DEFAULT_POLICY)).toEqual({ durationMs: 30_000, pauseReason: 'provider_down' });
  expect(decideOutage({ ...standing, unclearInARow: K - 1 }, DEFAULT_POLICY)).toBeNull();
});

it('a row that is shorter than what is under way closes nothing yet', () => {
  expect(decideOutage({ ...standing, underWay: K + 1 }, DEFAULT_POLICY)).toBeNull();
});

it('a probe without a clear answer doubles the wait, up to the maximum', () => {
  const waits = [1, 2, 3, 4, 60].map(
    (refusalsInARow) =>
      decideOutage({ ...standing, unclearInARow: 1, isProbe: true, refusalsInARow }, DEFAULT_POLICY)?.durationMs,
  );

  expect(waits).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
});

interface Heard {
  readonly sentAt: number;
  readonly clear: boolean;
}

/** The account's row, kept by hand: the number of unclear answers after which dispatch closed, or null. */
function unclearUntilClosed(sent: number, heard: readonly Heard[]): number | null {
  let row = 0;
  let newestClear = -1;
  let unclear = 0;
  for (const [index, { sentAt, clear }] of heard.entries()) {
    if (clear) {
      row = 0;
      newestClear = Math.max(newestClear, sentAt);
      continue;
    }
    unclear += 1;
    if (sentAt < newestClear) continue;
    row += 1;
    const underWay = sent - index - 1;
    if (decideOutage({ unclearInARow: row, underWay, refusalsInARow: 0, isProbe: false }, DEFAULT_POLICY))
      return unclear;
  }
  return null;
}

describe('of 64 requests sent at once', () => {
  const burst = fc.uniqueArray(fc.nat({ max: 63 }), { maxLength: K - 1 });
  const order = fc.array(fc.double({ noNaN: true }), { minLength: 64, maxLength: 64 });

  it('fewer than a row without an answer close nothing, in whatever order they are heard', () => {
    fc.assert(
      fc.property(burst, order, (lost, keys) => {
        const heard = keys.map((key, sentAt) => ({ key, sentAt, clear: !lost.includes(sentAt) }));
        expect(
          unclearUntilClosed(
            64,
            heard.toSorted((a, b) => a.key - b.key),
          ),
        ).toBeNull();
      }),
    );
  });

  it.each(['first', 'last'])('one in twenty whose failures are heard %s closes nothing', (when) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 19 }), (offset) => {
        const heard = Array.from({ length: 64 }, (_, sentAt) => ({ sentAt, clear: sentAt % 20 !== offset }));
        const late = (one: Heard) => (one.clear === (when === 'first') ? 1 : 0);
        expect(
          unclearUntilClosed(
            64,
            heard.toSorted((a, b) => late(a) - late(b)),
          ),
        ).toBeNull();
      }),
    );
  });

  it('none of which is answered, dispatch is closed by half of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (sent) => {
        const heard = Array.from({ length: sent }, (_, sentAt) => ({ sentAt, clear: false }));
        const closed = unclearUntilClosed(sent, heard);
        if (sent < K) expect(closed).toBeNull();
        else expect(closed).toBeLessThanOrEqual(Math.max(K, Math.ceil(sent / 2)));
      }),
    );
  });
});
