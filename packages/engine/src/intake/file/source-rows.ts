/**
 * A file's rows in order, each with its number and line, and each parsed on demand: rows that an earlier reader already
 * stored are only passed over.
 */
import {
  CELL_LENGTH_MAX,
  type Column,
  ERROR_COLUMNS,
  keptCell,
  parseCells,
  parseRowObject,
  type RowOutcome,
  type RowPlan,
  type RowProblem,
  rowCells,
  rowNames,
  shownValue,
  unmarkFormula,
} from '@reelay/core';
import type { CsvHead } from './csv-head.ts';
import { splitLines, type TextLine } from './split-lines.ts';
import { tokeniseCsv } from './tokenise-csv.ts';

export interface SourceRow {
  /** From 1, over all rows of the file. */
  readonly rowNo: number;
  readonly line: number;
  /** Length of the row's text, near enough to bound what is held. */
  readonly size: number;
  parse(): RowOutcome;
  /** What an errors file needs to write the row back. */
  cells(): readonly string[] | Readonly<Record<string, string>>;
  /** Under which the row gives values; none where a header line names them. */
  names(): Iterable<string>;
}

export async function* csvRows(
  texts: AsyncIterable<string>,
  head: CsvHead,
  plan: RowPlan,
): AsyncGenerator<SourceRow[]> {
  // Only what we have marked ourselves is taken back: elsewhere an apostrophe is an apostrophe.
  const asUploaded = head.columns.some(isErrorColumn) ? unmarkFormula : (cell: string) => cell;
  const shared = { plan, columns: head.columns };
  let toSkip = head.hasSepLine ? 2 : 1;
  let rowNo = 0;
  for await (const records of tokeniseCsv(texts, head.delimiter)) {
    const rows: SourceRow[] = [];
    for (const { line, cells } of records) {
      if (toSkip > 0) toSkip -= 1;
      else rows.push(new CsvRow({ rowNo: ++rowNo, line }, cells.map(asUploaded), shared));
    }
    yield rows;
  }
}

interface Shared {
  readonly plan: RowPlan;
  readonly columns: readonly Column[];
}

/** A class, because thousands are held at a time and methods are shared. */
class CsvRow implements SourceRow {
  readonly rowNo: number;
  readonly line: number;
  readonly size: number;
  readonly #cells: readonly string[];
  readonly #shared: Shared;

  constructor(place: Pick<SourceRow, 'rowNo' | 'line'>, cells: readonly string[], shared: Shared) {
    this.rowNo = place.rowNo;
    this.line = place.line;
    this.size = cells.reduce((size, cell) => size + cell.length, 0);
    this.#cells = cells;
    this.#shared = shared;
  }

  parse(): RowOutcome {
    return parseCells(this.#shared.plan, this.#shared.columns, this.#cells);
  }

  cells(): readonly string[] {
    return this.#cells.map(keptCell);
  }

  names(): readonly string[] {
    return [];
  }
}

function isErrorColumn({ kind, header }: Column): boolean {
  return kind === 'ignored' && (ERROR_COLUMNS as readonly string[]).includes(header);
}

export async function* ndjsonRows(texts: AsyncIterable<string>, plan: RowPlan): AsyncGenerator<SourceRow[]> {
  let rowNo = 0;
  for await (const lines of splitLines(texts)) {
    const rows: SourceRow[] = [];
    for (const line of lines) {
      if (line.text.trim() !== '') rows.push(ndjsonRow(++rowNo, line, plan));
    }
    yield rows;
  }
}

function ndjsonRow(rowNo: number, { line, text, isCut }: TextLine, plan: RowPlan): SourceRow {
  const value = isCut ? undefined : parseJson(text);
  return {
    rowNo,
    line,
    size: text.length,
    parse: () => {
      if (isCut) return rejected(lineTooLong());
      return value === undefined ? rejected(notJson(text)) : parseRowObject(plan, value);
    },
    cells: () => Object.fromEntries(rowCells(value)),
    names: () => rowNames(value),
  };
}

/** Undefined, which no JSON text means, when the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rejected(problem: RowProblem): RowOutcome {
  return { kind: 'rejected', problems: [problem] };
}

function notJson(text: string): RowProblem {
  const message = 'The line is not valid JSON. Write the row as one JSON object on one line.';
  return { column: null, pointer: '', code: 'not_json', value: shownValue(text), message };
}

function lineTooLong(): RowProblem {
  const message = `The line is too long for a row; a text in it holds at most ${CELL_LENGTH_MAX} characters. Shorten it.`;
  return { column: null, pointer: '', code: 'line_too_long', value: null, message };
}
