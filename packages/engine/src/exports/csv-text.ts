import { markFormula } from '@reelay/core';
import { stringify } from 'csv-stringify/sync';

/** Whole lines of CSV, safe to open in a spreadsheet. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return stringify(rows.map((cells) => cells.map(markFormula)));
}
