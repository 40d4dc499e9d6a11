import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeCharge } from './charge.ts';

describe('computeCharge', () => {
  it.each([
    [405_000_000n, 0, null, 405_000_000n, 405_000_000n],
    [405_000_000n, 0, 20, 405_000_000n, 324_000_000n],
    [405_000_000n, 50, null, 607_500_000n, 607_500_000n],
    [405_000_000n, 50, 20, 607_500_000n, 486_000_000n],
    [405_000_000n, 0, 100, 405_000_000n, 0n],
    [3n, 0, 33.333333, 3n, 2n],
    [0n, 50, 20, 0n, 0n],
  ])(
    'of %i with %d percent on top and %d percent off is %i, then %i',
    (list, surcharge, discount, subtotal, billed) => {
      expect(computeCharge(list, surcharge, discount)).toEqual({
        subtotalNanoUsd: subtotal,
        discountPercent: discount,
        billedNanoUsd: billed,
      });
    },
  );

  it('never bills less than nothing or more than the subtotal', () => {
    const percent = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), percent, percent, (list, surcharge, discount) => {
        const { subtotalNanoUsd, billedNanoUsd } = computeCharge(list, surcharge, discount);

        expect(billedNanoUsd >= 0n && billedNanoUsd <= subtotalNanoUsd && subtotalNanoUsd >= list).toBe(true);
      }),
    );
  });
});
