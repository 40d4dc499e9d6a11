import { expect, it } from 'vitest';
import { csvText } from './csv-text.ts';

it('an amount below zero stays a number, and what a spreadsheet would run does not', () => {
  expect(csvText([['-0.04', '-12', '0.5', '-1+2', '=1', '-0.04\n=1']])).toBe(
    "-0.04,-12,0.5,'-1+2,'=1,\"'-0.04\n=1\"\n",
  );
});
