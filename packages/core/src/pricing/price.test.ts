import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WAN_2_2_VIDEO_TO_VIDEO as WAN } from '../catalogue/models/wan-2.2-video-to-video.ts';
import { chargeFor, costOfUnits, priceAt, quote } from './price.ts';

const NOW_MS = Date.parse('2026-12-01T00:00:00Z');
const newer = { ...WAN.prices[0], version: '2027-01-01', validFrom: '2027-01-01T00:00:00Z', unit: 's', usdPerUnit: {} };

describe('the price in force', () => {
  const model = { ...WAN, prices: [newer, ...WAN.prices] };

  it('is the latest whose date has come, whatever order they are listed in', () => {
    expect(priceAt(model, NOW_MS).version).toBe('2026-05-01');
    expect(priceAt(model, Date.parse('2027-01-01T00:00:00Z')).version).toBe('2027-01-01');
    expect(priceAt(model, Date.parse('2026-12-31T23:59:59.999Z')).version).toBe('2026-05-01');
  });

  it('is some price even under a clock that is years behind, so that no job is free', () => {
    expect(priceAt(WAN, 0).version).toBe('2026-05-01');
  });

  it('must exist', () => {
    expect(() => priceAt({ ...WAN, prices: [] }, NOW_MS)).toThrow('has no price');
  });
});

it('quotes a cost and the version it comes from', () => {
  expect(quote(WAN, { num_frames: 81, resolution: '720p' }, NOW_MS)).toEqual({
    costNanoUsd: 405_000_000n,
    priceVersion: '2026-05-01',
  });
});

describe("fal's units", () => {
  it.each([
    ['5.0625', 80_000_000n, 405_000_000n],
    ['1', 80_000_000n, 80_000_000n],
    ['0', 80_000_000n, 0n],
    ['10.0000', 40_000_000n, 400_000_000n],
    [' 2.5 ', 80_000_000n, 200_000_000n],
    ['0.1', 3n, 0n],
    ['0.5', 1n, 1n],
    ['0.49', 1n, 0n],
    ['0.000000000000000001', 1_000_000_000_000_000_000n, 1n],
    ['999999999.999999999999999999', 1n, 1_000_000_000n],
    ['0.1234567890123456789', 80_000_000n, 9_876_543n],
    ['1e3', 80_000_000n, 80_000_000_000n],
    ['1.5E-05', 80_000_000n, 1_200n],
  ])('%s × %d nano-dollars cost %d', (units, unitPrice, cost) => {
    expect(costOfUnits(units, unitPrice)).toBe(cost);
  });

  it.each([
    '',
    '-1',
    '1e',
    'e3',
    '1e3.5',
    '1e100',
    'NaN',
    'Infinity',
    '.5',
    '5.',
    '1,5',
    '0x1',
    '1 2',
    '1234567890',
    '0.123456789012345678901',
    '1e20',
    '999999999e99',
  ])('%j are no units', (units) => {
    expect(costOfUnits(units, 80_000_000n)).toBeNull();
  });

  it('are multiplied exactly and rounded half up, below a nano-dollar alone', () => {
    fc.assert(
      fc.property(
        fc.nat(999_999_999),
        fc.nat(999_999),
        fc.bigInt({ min: 0n, max: 10n ** 9n }),
        (whole, millionths, price) => {
          const exact = (BigInt(whole) * 1_000_000n + BigInt(millionths)) * price;
          const rounded = exact / 1_000_000n + (exact % 1_000_000n >= 500_000n ? 1n : 0n);
          return costOfUnits(`${whole}.${String(millionths).padStart(6, '0')}`, price) === rounded;
        },
      ),
    );
  });

  it('cost the same with zeros behind them', () => {
    fc.assert(
      fc.property(fc.nat(9_999), fc.nat(9_999), fc.nat(10), (whole, fraction, zeros) => {
        const units = `${whole}.${fraction}`;
        return costOfUnits(units, 80_000_000n) === costOfUnits(units + '0'.repeat(zeros), 80_000_000n);
      }),
    );
  });
});

describe('a finished request', () => {
  it.each(['1e20', '1e9'])('of %s units, which no price can mean, is charged as if it had none', (units) => {
    expect(charge('yes', units)).toEqual(charge('yes', null));
    expect(charge('maybe', units)).toBeNull();
  });

  const known = { unitPriceNanoUsd: 80_000_000n, listPriceNanoUsd: 405_000_000n };
  const charge = (billed: 'no' | 'maybe' | 'yes', billableUnits: string | null) =>
    chargeFor({ ...known, billed, billableUnits });

  it.each([
    ['a success by its units', 'yes', '5.0625', { amountNanoUsd: 405_000_000n, basis: 'units', unitsDisagree: false }],
    [
      'a success whose units disagree, by them',
      'yes',
      '6',
      { amountNanoUsd: 480_000_000n, basis: 'units', unitsDisagree: true },
    ],
    [
      'a success with fewer units, by them',
      'yes',
      '1',
      { amountNanoUsd: 80_000_000n, basis: 'units', unitsDisagree: true },
    ],
    [
      'a success without units by list price',
      'yes',
      null,
      { amountNanoUsd: 405_000_000n, basis: 'price_rule', unitsDisagree: false },
    ],
    [
      'a success with unreadable units by list price',
      'yes',
      'many',
      { amountNanoUsd: 405_000_000n, basis: 'price_rule', unitsDisagree: false },
    ],
    [
      'a 422 by its units, which need not be the list price',
      'maybe',
      '1',
      { amountNanoUsd: 80_000_000n, basis: 'units', unitsDisagree: false },
    ],
    ['a 422 of zero units with nothing', 'maybe', '0', { amountNanoUsd: 0n, basis: 'units', unitsDisagree: false }],
    [
      'a failure that fal does not bill with nothing',
      'no',
      null,
      { amountNanoUsd: 0n, basis: 'free', unitsDisagree: false },
    ],
    [
      'a free failure with nothing, whatever its units',
      'no',
      '5.0625',
      { amountNanoUsd: 0n, basis: 'free', unitsDisagree: false },
    ],
  ] as const)('charges %s', (_name, billed, units, expected) => {
    expect(charge(billed, units)).toEqual(expected);
  });

  it.each([null, '', 'many'])('stays unsettled when it may be billed and its units are %j', (units) => {
    expect(charge('maybe', units)).toBeNull();
  });
});
