/**
 * The header line of a CSV and the delimiter it is written with: the one under which most headers are names we know, then
 * the one that makes most cells.
 */
import { type ColumnNaming, countKnownHeaders } from '@reelay/core';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { type FileProblem, fileProblem } from './file-problem.ts';
import { csvOptions, csvProblem } from './tokenise-csv.ts';

export interface HeaderText {
  /** From the header line on. */
  readonly text: string;
  /** The text is all there is of the file. */
  readonly isWhole: boolean;
  readonly line: number;
}

export interface Header {
  readonly delimiter: string;
  readonly cells: readonly string[];
  /** Where it ends. */
  readonly bytes: number;
}

const HEADER_LENGTH_MAX = 65_536;

export function readHeader(
  source: HeaderText,
  delimiters: readonly string[],
  naming: ColumnNaming,
): Header | FileProblem {
  const isWhole = source.isWhole && source.text.length <= HEADER_LENGTH_MAX;
  const start = { ...source, text: source.text.slice(0, HEADER_LENGTH_MAX), isWhole };
  let best: { readonly header: Header; readonly known: number } | null = null;
  let problem: FileProblem | null = null;
  for (const delimiter of delimiters) {
    const header = readFirstRecord(start, delimiter);
    if ('code' in header) {
      problem ??= header;
      continue;
    }
    const known = countKnownHeaders(header.cells, naming);
    if (!best || known > best.known || (known === best.known && header.cells.length > best.header.cells.length)) {
      best = { header, known };
    }
  }
  const none = fileProblem('empty_file', 'The file has no header line. Add one.', { line: source.line });
  return best?.header ?? problem ?? none;
}

function readFirstRecord({ text, isWhole, line }: HeaderText, delimiter: string): Header | FileProblem {
  try {
    const [first] = parse(text, { ...csvOptions(delimiter), to: 1, info: true }) as unknown as {
      readonly record: readonly string[];
      readonly info: { readonly bytes: number };
    }[];
    if (first && (isWhole || first.info.bytes < Buffer.byteLength(text))) {
      return { delimiter, cells: first.record, bytes: first.info.bytes };
    }
    const message = `The header line does not end within ${HEADER_LENGTH_MAX} characters. Is this a CSV with a header line?`;
    return fileProblem('header_too_long', message, { line });
  } catch (error) {
    if (error instanceof CsvError) return csvProblem(error, line, Number(error.index ?? 0));
    throw error;
  }
}
