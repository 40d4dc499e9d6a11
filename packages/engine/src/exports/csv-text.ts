import { markFormula } from '@reelay/core';
import { stringify } from 'csv-stringify/sync';

const NUMBER = /^-?\d+(\.\d+)?$/;

/** Whole lines of CSV, safe to open in a spreadsheet. A number is no formula, also below zero. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return stringify(rows.map((cells) => cells.map((cell) => (NUMBER.test(cell) ? cell : markFormula(cell)))));
}
