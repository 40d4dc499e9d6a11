import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelJob } from '../models/model.ts';
import { type BillingTerms, computeBill } from './bill.ts';

const terms: BillingTerms = { units: 'scaled', bill422: 0.25, bill499: 0.5 };
const jobOf = (priceNanoUsd: bigint): ModelJob => ({
  priceNanoUsd,
  secondsE10: 50_625_000_000n,
  sourceUrl: '',
  buildOutput: () => null,
});

describe('computeBill', () => {
  it.each([
    [200, 405_000_000n, '5.0625'],
    [422, 101_250_000n, '1.265625'],
    [499, 202_500_000n, '2.53125'],
    [500, 0n, '0'],
    [503, 0n, '0'],
    [504, 0n, '0'],
  ])('of a %i is %i nano-dollars', (httpStatus, billedNanoUsd, billableUnits) => {
    expect(computeBill(jobOf(405_000_000n), httpStatus, terms, 1)).toEqual({ billedNanoUsd, billableUnits });
  });

  it('names units that times $0.08 are exactly the bill', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.integer({ min: 1, max: 50 }), (price, factor) => {
        const { billedNanoUsd, billableUnits } = computeBill(jobOf(price), 200, terms, factor / 10);
        const [whole = '0', fraction = ''] = billableUnits.split('.');
        const unitsE10 = BigInt(whole) * 10n ** 10n + BigInt(fraction.padEnd(10, '0'));

        expect(unitsE10 * 80_000_000n).toBe(billedNanoUsd * 10n ** 10n);
      }),
    );
  });

  it('is nothing without a job', () => {
    expect(computeBill(null, 422, terms, 1)).toEqual({ billedNanoUsd: 0n, billableUnits: '0' });
  });
});
