/**
 * The rejected rows of a batch under the columns they came in, and what is wrong with each. The file can be corrected and
 * sent again as it is: an upload reads over the five columns added here and takes back the formula marks.
 */
import { type Column, ERROR_COLUMNS } from '@reelay/core';
import { type RejectedCells, readExportBatch, readRejectedCells } from '@reelay/db';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { csvText } from './csv-text.ts';
import { exportColumns } from './export-columns.ts';
import type { Export } from './export-results.ts';

export interface ErrorsQuestion {
  readonly projectId: string;
  readonly batchId: string;
}

const PAGE_ROWS = 500;

/** Null for another project's batch or none. */
export async function exportErrors(context: Pick<Context, 'db'>, question: ErrorsQuestion): Promise<Export | null> {
  const batch = await readExportBatch(context.db, question.projectId, question.batchId);
  if (!batch) return null;
  return { complete: batch.state !== 'validating', lines: errorLines(context, batch.id, exportColumns(batch)) };
}

async function* errorLines({ db }: Pick<Context, 'db'>, batchId: string, columns: readonly Column[]) {
  const own = columns
    .map((column, index) => ({ header: column.header, index }))
    .filter(({ header }) => !isAdded(header));
  yield csvText([[...own.map(({ header }) => header), ...ERROR_COLUMNS]]);
  let after = 0n;
  for (;;) {
    const rows = await readRejectedCells(db, batchId, after, PAGE_ROWS);
    const last = rows.at(-1);
    if (!last) return;
    yield csvText(rows.map((row) => [...ownCells(row, own), ...errorCells(row), ...extraCells(row, columns.length)]));
    after = last.row_no;
  }
}

/** An errors file that was sent again already has these. */
function isAdded(header: string): boolean {
  return (ERROR_COLUMNS as readonly string[]).includes(header);
}

const cellsSchema = z.union([z.array(z.string()), z.record(z.string(), z.string())]);

function ownCells(row: RejectedCells, own: readonly { readonly header: string; readonly index: number }[]): string[] {
  const cells = cellsSchema.parse(row.cells);
  const cellOf = (header: string) => (Object.hasOwn(cells, header) ? (cells as Record<string, string>)[header] : '');
  return own.map(({ header, index }) => (Array.isArray(cells) ? cells[index] : cellOf(header)) ?? '');
}

/** Cells beyond the header line stay beyond it, so that the row is not taken for a good one before it is corrected. */
function extraCells(row: RejectedCells, columnCount: number): string[] {
  const cells = cellsSchema.parse(row.cells);
  return Array.isArray(cells) ? cells.slice(columnCount) : [];
}

const problemsSchema = z.array(z.object({ message: z.string() }));

/** In the order of ERROR_COLUMNS. */
function errorCells(row: RejectedCells): string[] {
  const message = problemsSchema
    .parse(row.problems)
    .map((problem) => problem.message)
    .join(' ');
  return [String(row.line), row.column ?? '', row.code, row.value ?? '', message];
}
