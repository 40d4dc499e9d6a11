import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookEvent } from './book-event.ts';

describe('an event of the bill', () => {
  it('corrects the charge to what was billed', () => {
    expect(bookEvent({ eventsBefore: 0, chargedNanoUsd: 80n, costNanoUsd: 64n })).toEqual({
      chargeNanoUsd: null,
      adjustNanoUsd: -16n,
    });
  });

  it('is the charge where nothing was charged yet', () => {
    expect(bookEvent({ eventsBefore: 0, chargedNanoUsd: null, costNanoUsd: 64n })).toEqual({
      chargeNanoUsd: 64n,
      adjustNanoUsd: 0n,
    });
  });

  it('is on top when another one came before', () => {
    expect(bookEvent({ eventsBefore: 1, chargedNanoUsd: 80n, costNanoUsd: 64n }).adjustNanoUsd).toBe(64n);
  });

  it('never makes a charge negative, and after all of them charged is billed', () => {
    const cost = fc.bigInt({ min: -1_000n, max: 1_000n });
    fc.assert(
      fc.property(fc.option(fc.nat(1_000).map(BigInt)), fc.array(cost, { minLength: 1 }), (charge, costs) => {
        let charged = charge;
        costs.forEach((costNanoUsd, eventsBefore) => {
          const booking = bookEvent({ eventsBefore, chargedNanoUsd: charged, costNanoUsd });
          expect(booking.chargeNanoUsd ?? 0n).toBeGreaterThanOrEqual(0n);
          expect(booking.chargeNanoUsd === null).toBe(charged !== null);
          charged = (charged ?? 0n) + (booking.chargeNanoUsd ?? 0n) + booking.adjustNanoUsd;
        });
        expect(charged).toBe(costs.reduce((sum, one) => sum + one, 0n));
      }),
    );
  });
});
