import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsd, parseUsd } from './nano-usd.ts';

const amounts = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });

it.each([
  [405_000_000n, '0.405'],
  [46_400_000_000n, '46.4'],
  [0n, '0'],
  [1n, '0.000000001'],
  [-1n, '-0.000000001'],
  [-2_500_000_000n, '-2.5'],
  [1_000_000_000n, '1'],
  [100_000_000_000n, '100'],
  [999_999_999_999_999_999_999n, '999999999999.999999999'],
])('%d nano-dollars are written as %s', (amount, text) => {
  expect(formatUsd(amount)).toBe(text);
});

describe('every amount', () => {
  it('is read back as it was written', () => {
    fc.assert(fc.property(amounts, (amount) => parseUsd(formatUsd(amount)) === amount));
  });

  it('is written in its shortest form: no trailing zero, no bare point, no leading zero', () => {
    fc.assert(fc.property(amounts, (amount) => /^(0|[1-9]\d*)(\.\d*[1-9])?$/.test(formatUsd(amount))));
  });

  it('keeps its size under a minus sign', () => {
    fc.assert(fc.property(amounts, (amount) => amount === 0n || formatUsd(-amount) === `-${formatUsd(amount)}`));
  });
});

it.each([
  ['trailing zeros', '0.40500', 405_000_000n],
  ['leading zeros', '007', 7_000_000_000n],
  ['space around it', ' 12.5\n', 12_500_000_000n],
  ['its largest value', '9223372036.854775807', 2n ** 63n - 1n],
])('reads an amount with %s', (_name, text, amount) => {
  expect(parseUsd(text)).toBe(amount);
});

it.each([
  ['nothing', ''],
  ['a bare point', '.'],
  ['no whole part', '.5'],
  ['no fraction after the point', '5.'],
  ['a negative amount', '-1'],
  ['a plus sign', '+1'],
  ['an exponent', '1e3'],
  ['a currency sign', '$1'],
  ['a thousands separator', '1,000'],
  ['a decimal comma', '0,405'],
  ['two points', '1.2.3'],
  ['space inside', '1 000'],
  ['less than a nano-dollar', '0.0000000001'],
  ['a trillion dollars and more', '1000000000000'],
  ['more than a column holds', '9223372036.854775808'],
  ['digits of another script', '٤٠'],
  ['hexadecimal', '0x10'],
  ['not a number', 'NaN'],
])('refuses %s', (_name, text) => {
  expect(parseUsd(text)).toBeNull();
});
