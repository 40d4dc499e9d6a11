/**
 * Text to records, with the line that each begins on. Quotes are read strictly: a record whose end can't be known ends
 * the file, because every guess would make jobs out of the wrong cells. Cell counts are the row's own affair.
 */
import { CsvError, type Options, Parser } from 'csv-parse';
import { FileFault, type FileProblem, fileProblem } from './file-problem.ts';

export interface CsvRecord {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** What an unclosed quote may swallow before the file is given up. */
const RECORD_BYTES_MAX = 16 * 1024 * 1024;

export function csvOptions(delimiter: string): Options {
  return {
    delimiter,
    // Named, because what is detected from the first line would not hold for a file that mixes them.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: RECORD_BYTES_MAX,
  };
}

/** Blank lines are counted but are no records. Yields the records of each piece of text together. */
export async function* tokeniseCsv(texts: AsyncIterable<string>, delimiter: string): AsyncGenerator<CsvRecord[]> {
  const parser = new Parser(csvOptions(delimiter));
  // The error is read off the parser; an event that nobody hears would end the process.
  parser.on('error', () => {});
  const place = { line: 1 };
  for await (const text of texts) {
    parser.write(text);
    const records = takeRecords(parser, place);
    throwFault(parser, place.line, parser.errored);
    yield records;
  }
  yield await takeLast(parser, place);
}

async function takeLast(parser: Parser, place: { line: number }): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  parser.end();
  try {
    for await (const cells of parser) addRecord(records, cells, place);
  } catch (error) {
    throwFault(parser, place.line, error);
  }
  return records;
}

function takeRecords(parser: Parser, place: { line: number }): CsvRecord[] {
  const records: CsvRecord[] = [];
  for (let cells = parser.read(); cells !== null; cells = parser.read()) addRecord(records, cells, place);
  return records;
}

/** csv-parse's own line count takes a CRLF inside quotes for two lines, so lines are counted here. */
function addRecord(records: CsvRecord[], cells: readonly string[], place: { line: number }): void {
  const { line } = place;
  place.line += 1 + countLineBreaks(cells);
  if (cells.length > 1 || cells[0]?.trim() !== '') records.push({ line, cells });
}

function countLineBreaks(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    if (cell.includes('\n') || cell.includes('\r')) count += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
  }
  return count;
}

function throwFault(parser: Parser, line: number, error: unknown): void {
  if (!error) return;
  if (!(error instanceof CsvError)) throw error;
  throw new FileFault(
    csvProblem(error, line + countLineBreaks(unfinishedCells(parser)), unfinishedCells(parser).length),
  );
}

/** Cells of the record at which the parser stopped; it keeps its state public without typing it. */
function unfinishedCells(parser: Parser): readonly string[] {
  const { state } = parser as unknown as { readonly state: { readonly record: readonly string[] } };
  return state.record;
}

export function csvProblem(error: CsvError, line: number, cellIndex: number): FileProblem {
  const where = `line ${line}, cell ${cellIndex + 1}`;
  const column = String(cellIndex + 1);
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED': {
      const message = `The quote that opens on ${where} is never closed. Close it, or double it if it is part of the text.`;
      return fileProblem('unclosed_quote', message, { line, column });
    }
    case 'CSV_MAX_RECORD_SIZE': {
      const message = `The row that reaches ${where} does not end within ${RECORD_BYTES_MAX / 1024 / 1024} MiB. Is a quote left open there? Close it, or shorten the cell.`;
      return fileProblem('record_too_large', message, { line, column });
    }
    default: {
      const message = `A quote on ${where} stands where none may. Put the whole cell in quotes and double the quotes inside it: "6"" wheel".`;
      return fileProblem('misplaced_quote', message, { line, column });
    }
  }
}
