/**
 * What a CSV's first lines say: the delimiter, and what each column stands for. A `sep=` line, as Excel writes and reads
 * it, settles the delimiter; otherwise it is found out from the header line.
 */
import { type Column, type ColumnNaming, planColumns } from '@reelay/core';
import { type Header, type HeaderText, readHeader } from './csv-header.ts';
import { type FileProblem, fileProblem } from './file-problem.ts';

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
const SEP_LINE = /^"?sep=(.?)"?(?:\r\n|\n|\r|$)/i;

/** `isWhole`: the text is all there is of the file. */
export function readCsvHead(text: string, isWhole: boolean, naming: ColumnNaming): HeadVerdict<CsvHead> {
  if (text.trim() === '') {
    return refuse(fileProblem('empty_file', 'The file is empty. Send a header line and at least one row.'));
  }
  const sep = SEP_LINE.exec(text);
  const delimiter = sep?.[1];
  if (sep && !DELIMITERS.includes(delimiter ?? '')) {
    const message = `The first line names "${delimiter ?? ''}" as delimiter; comma, semicolon and tab are read. Save the file with one of these.`;
    return refuse(fileProblem('unknown_delimiter', message, { line: 1 }));
  }
  const source = fromHeaderLine(text.slice(sep?.[0].length ?? 0), isWhole, sep ? 2 : 1);
  const header = readHeader(source, delimiter === undefined ? DELIMITERS : [delimiter], naming);
  if ('code' in header) return refuse(header);
  const columns = readColumns(header, source, naming);
  if (columns.kind === 'refused') return columns;
  const { line: headerLine } = source;
  const head = { delimiter: header.delimiter, headerLine, hasSepLine: sep !== null, columns: columns.head };
  return { kind: 'read', head };
}

/** Blank lines above it don't count. */
function fromHeaderLine(text: string, isWhole: boolean, line: number): HeaderText {
  const blank = /^(?:[ \t]*(?:\r\n|\n|\r))*/.exec(text)?.[0] ?? '';
  const skippedLines = blank.match(/\r\n|\n|\r/g)?.length ?? 0;
  return { text: text.slice(blank.length), isWhole, line: line + skippedLines };
}

function readColumns(header: Header, source: HeaderText, naming: ColumnNaming): HeadVerdict<readonly Column[]> {
  const { text, isWhole, line } = source;
  const plan = planColumns(header.cells, naming);
  if (plan.kind === 'refused') {
    const problems = plan.problems.map(({ code, message, column, index }) =>
      fileProblem(code, `Line ${line}: ${message}`, { line, column: column || String(index ?? '') }),
    );
    return { kind: 'refused', problems };
  }
  if (isWhole && Buffer.from(text).subarray(header.bytes).toString().trim() === '') {
    const message = 'The file has a header line and no rows. Add at least one row.';
    return refuse(fileProblem('no_rows', message, { line }));
  }
  return { kind: 'read', head: plan.columns };
}

function refuse(problem: FileProblem): { readonly kind: 'refused'; readonly problems: readonly FileProblem[] } {
  return { kind: 'refused', problems: [problem] };
}
