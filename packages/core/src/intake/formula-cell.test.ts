import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markFormula, unmarkFormula } from './formula-cell.ts';

const BEGINNINGS = ['=', '+', '-', '@', '\t', '\r', ' =', '\u00a0@', '\n+', '＝', '＠'];

it.each(BEGINNINGS)('marks a cell that begins with %j', (beginning) => {
  expect(markFormula(`${beginning}x`)).toBe(`'${beginning}x`);
});

it.each(['', 'plain', "'quoted'", '1-2', 'a=b', 'https://x'])('leaves %j as it is', (text) => {
  expect(markFormula(text)).toBe(text);
});

it('is taken back exactly, whatever the cell was', () => {
  const part = fc.oneof(fc.constantFrom(...BEGINNINGS, "'", "''", ' '), fc.string({ unit: 'grapheme', maxLength: 3 }));
  const cell = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));

  fc.assert(fc.property(cell, (text) => unmarkFormula(markFormula(text)) === text));
});
