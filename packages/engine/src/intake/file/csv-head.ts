/**
 * What a CSV's first lines say: the delimiter, and what each column stands for. The delimiter is the one under which most
 * headers are names we know; a `sep=` line, as Excel writes and reads it, settles it.
 */
import { type Column, type ColumnOptions, countKnownHeaders, type Model, planColumns } from '@reelay/core';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { FileFault, type FileProblem, fileProblem } from './file-problem.ts';
import { csvOptions, csvProblem } from './tokenise-csv.ts';

export interface CsvHead {
  readonly delimiter: string;
  readonly headerLine: number;
  readonly hasSepLine: boolean;
  readonly columns: readonly Column[];
}

export type HeadVerdict<Head> =
  | { readonly kind: 'read'; readonly head: Head }
  | { readonly kind: 'refused'; readonly problems: readonly FileProblem[] };

const DELIMITERS = [',', ';', '\t'];
const HEADER_LENGTH_MAX = 65_536;
const SEP_LINE = /^"?sep=(.?)"?(?:\r\n|\n|\r|$)/i;

/** `isWhole`: the text is all there is of the file. */
export function readCsvHead(
  text: string,
  isWhole: boolean,
  model: Model,
  options: ColumnOptions,
): HeadVerdict<CsvHead> {
  if (text.trim() === '')
    return refuse(fileProblem('empty_file', 'The file is empty. Send a header line and at least one row.'));
  const sep = SEP_LINE.exec(text);
  const delimiter = sep?.[1];
  if (sep && !DELIMITERS.includes(delimiter ?? '')) {
    const message = `The first line names "${delimiter ?? ''}" as delimiter; comma, semicolon and tab are read. Save the file with one of these.`;
    return refuse(fileProblem('unknown_delimiter', message, { line: 1 }));
  }
  const { skippedLines, rest } = skipBlankLines(text.slice(sep?.[0].length ?? 0));
  const headerLine = 1 + skippedLines + (sep ? 1 : 0);
  const header = readHeader(
    rest,
    isWhole,
    headerLine,
    delimiter === undefined ? DELIMITERS : [delimiter],
    model,
    options,
  );
  if (header.kind === 'refused') return header;
  return planHead({ ...header.head, headerLine, hasSepLine: sep !== null }, rest, isWhole, model, options);
}

interface Header {
  readonly delimiter: string;
  readonly cells: readonly string[];
  readonly bytes: number;
}

function planHead(
  header: Header & Pick<CsvHead, 'headerLine' | 'hasSepLine'>,
  rest: string,
  isWhole: boolean,
  model: Model,
  options: ColumnOptions,
): HeadVerdict<CsvHead> {
  const { delimiter, headerLine, hasSepLine } = header;
  const plan = planColumns(header.cells, model, options);
  if (plan.kind === 'refused') {
    const problems = plan.problems.map(({ code, message, column, index }) =>
      fileProblem(code, `Line ${headerLine}: ${message}`, { line: headerLine, column: column || String(index ?? '') }),
    );
    return { kind: 'refused', problems };
  }
  if (isWhole && Buffer.from(rest).subarray(header.bytes).toString().trim() === '') {
    const message = 'The file has a header line and no rows. Add at least one row.';
    return refuse(fileProblem('no_rows', message, { line: headerLine }));
  }
  return { kind: 'read', head: { delimiter, headerLine, hasSepLine, columns: plan.columns } };
}

/** The candidate under which most headers are known, then the one that makes most cells, then the first. */
function readHeader(
  text: string,
  isWhole: boolean,
  line: number,
  delimiters: readonly string[],
  model: Model,
  options: ColumnOptions,
): HeadVerdict<Header> {
  let best: { readonly header: Header; readonly score: readonly [number, number] } | null = null;
  let problem: FileProblem | null = null;
  for (const delimiter of delimiters) {
    const read = readFirstRecord(
      text.slice(0, HEADER_LENGTH_MAX),
      isWhole && text.length <= HEADER_LENGTH_MAX,
      line,
      delimiter,
    );
    if ('code' in read) {
      problem ??= read;
      continue;
    }
    const score = [countKnownHeaders(read.cells, model, options), read.cells.length] as const;
    if (!best || score[0] > best.score[0] || (score[0] === best.score[0] && score[1] > best.score[1])) {
      best = { header: read, score };
    }
  }
  if (best) return { kind: 'read', head: best.header };
  return refuse(problem ?? fileProblem('empty_file', 'The file has no header line. Add one.', { line }));
}

function readFirstRecord(text: string, isWhole: boolean, line: number, delimiter: string): Header | FileProblem {
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

function skipBlankLines(text: string): { readonly skippedLines: number; readonly rest: string } {
  const blank = /^(?:[ \t]*(?:\r\n|\n|\r))*/.exec(text)?.[0] ?? '';
  return { skippedLines: blank.match(/\r\n|\n|\r/g)?.length ?? 0, rest: text.slice(blank.length) };
}

function refuse(problem: FileProblem): { readonly kind: 'refused'; readonly problems: readonly FileProblem[] } {
  return { kind: 'refused', problems: [problem] };
}

export function throwRefused(problems: readonly FileProblem[]): never {
  throw new FileFault(problems[0] ?? fileProblem('invalid_file', 'The file cannot be read.'));
}
