import { describe, expect, it } from 'vitest';
import { type ChargedAndBilled, differenceReason } from './difference-reason.ts';

const AGREED: ChargedAndBilled = {
  eventsBefore: 0,
  chargedNanoUsd: 405_000_000n,
  basis: 'units',
  chargedUnits: '5.0625',
  chargedUnitPriceNanoUsd: 80_000_000n,
  costNanoUsd: 405_000_000n,
  outputUnits: '5.0625',
  unitPrice: '0.08',
  percentDiscount: null,
};

describe('why charged and billed differ', () => {
  it('is nothing when they are the same', () => {
    expect(differenceReason(AGREED)).toBeNull();
    expect(differenceReason({ ...AGREED, unitPrice: '0.12', percentDiscount: '33' })).toBeNull();
  });

  it('is nothing when only the bill says what it costs', () => {
    expect(differenceReason({ ...AGREED, chargedNanoUsd: null, basis: null })).toBeNull();
  });

  it.each<[Partial<ChargedAndBilled>, string]>([
    [{ percentDiscount: '20' }, 'discount'],
    [{ unitPrice: '0.12' }, 'surcharge'],
    [{ unitPrice: '0.04' }, 'lower_price'],
    [{ unitPrice: '4e-2' }, 'lower_price'],
    [{ outputUnits: '10.125' }, 'units'],
    [{ basis: 'price_rule', chargedUnits: null }, 'estimate'],
    [{ basis: 'assumed' }, 'estimate'],
    [{ basis: 'free', chargedNanoUsd: 0n, chargedUnits: null }, 'unexplained'],
    [{ basis: 'free', chargedNanoUsd: 0n, percentDiscount: '20' }, 'unexplained'],
    [{ unitPrice: '0.12', percentDiscount: '20' }, 'several'],
    [{}, 'unexplained'],
    [{ percentDiscount: '0', outputUnits: '5.06250' }, 'unexplained'],
    [{ outputUnits: null, unitPrice: null }, 'unexplained'],
    [{ eventsBefore: 1 }, 'second_event'],
  ])('%o: %s', (changes, reason) => {
    expect(differenceReason({ ...AGREED, costNanoUsd: 1n, ...changes })).toBe(reason);
  });
});
