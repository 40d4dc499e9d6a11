import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brakeMessage } from './brake-message.ts';
import { type BrakeFacts, judgeBrakes } from './judge-brakes.ts';

const NONE: BrakeFacts = { maxWasteNanoUsd: null, wastedNanoUsd: 0n, pauseIf: null, ended: 0, failed: 0 };
const pauseIf = { errorRate: 0.5, window: 10 };

const facts = fc
  .record({
    maxWasteNanoUsd: fc.option(fc.bigInt({ min: 0n, max: 100n })),
    wastedNanoUsd: fc.bigInt({ min: 0n, max: 100n }),
    pauseIf: fc.option(
      fc.record({ errorRate: fc.double({ min: 0.01, max: 1, noNaN: true }), window: fc.integer({ min: 1, max: 20 }) }),
    ),
    ended: fc.nat(20),
    failedShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ failedShare, ...rest }): BrakeFacts => {
    const ended = Math.min(rest.ended, rest.pauseIf?.window ?? 20);
    return { ...rest, ended, failed: Math.floor(ended * failedShare) };
  });

describe('a brake', () => {
  it('that nobody asked for never stops anything', () => {
    fc.assert(
      fc.property(facts, (all) => {
        expect(judgeBrakes({ ...all, maxWasteNanoUsd: null, pauseIf: null })).toBeNull();
      }),
    );
  });

  it('never stops a batch in which nothing failed', () => {
    fc.assert(
      fc.property(facts, (all) => {
        expect(judgeBrakes({ ...all, wastedNanoUsd: 0n, failed: 0 })).toBeNull();
      }),
    );
  });

  it('that has stopped would stop with more failures as well', () => {
    fc.assert(
      fc.property(facts, (all) => {
        if (judgeBrakes(all) === null) return;
        const more = { ...all, wastedNanoUsd: all.wastedNanoUsd + 1n, failed: Math.min(all.ended, all.failed + 1) };
        expect(judgeBrakes(more)).not.toBeNull();
      }),
    );
  });

  it('on the error rate waits for a full window and includes the rate itself', () => {
    expect(judgeBrakes({ ...NONE, pauseIf, ended: 9, failed: 9 })).toBeNull();
    expect(judgeBrakes({ ...NONE, pauseIf, ended: 10, failed: 4 })).toBeNull();
    expect(judgeBrakes({ ...NONE, pauseIf, ended: 10, failed: 5 })).toBe('error_rate');
  });

  it('on waste stops when its limit is reached; a limit of nothing at the first waste', () => {
    expect(judgeBrakes({ ...NONE, maxWasteNanoUsd: 10n, wastedNanoUsd: 9n })).toBeNull();
    expect(judgeBrakes({ ...NONE, maxWasteNanoUsd: 10n, wastedNanoUsd: 10n })).toBe('waste');
    expect(judgeBrakes({ ...NONE, maxWasteNanoUsd: 0n })).toBeNull();
    expect(judgeBrakes({ ...NONE, maxWasteNanoUsd: 0n, wastedNanoUsd: 1n })).toBe('waste');
  });
});

describe('what a brake says', () => {
  it('names the figures, the commonest cause and what to do', () => {
    const message = brakeMessage(
      'error_rate',
      { ...NONE, pauseIf, ended: 10, failed: 9 },
      { code: 'content_refused', count: 8 },
    );

    expect(message).toMatch(/9 of the last 10 jobs failed or wait for review, most often with content_refused \(8\)/);
    expect(message).toMatch(/50 %.*Change the prompts.*resume the batch/);
  });

  it('tells waste in dollars', () => {
    const message = brakeMessage('waste', { ...NONE, maxWasteNanoUsd: 10n ** 9n, wastedNanoUsd: 1_040_000_000n }, null);

    expect(message).toMatch(/^\$1\.04 was spent on attempts that brought nothing; max_waste is \$1\. /);
  });
});
