/** The beginning of a file, read before a byte of it is kept: its options, its head, and the pieces that follow. */

import type { Context } from '../context.ts';
import type { BatchTerms } from './batch-terms.ts';
import { readTerms } from './batch-terms.ts';
import { type FileProblem, fileProblem } from './file/file-problem.ts';
import { type HeadAnswer, readHead } from './read-head.ts';
import { type Piece, rechunk } from './rechunk.ts';

export const FILE_BYTES_MAX = 1024 ** 3;

export interface UploadTerms extends BatchTerms {
  /** Header → the column that it stands for; empty: ignored. */
  readonly map?: Readonly<Record<string, string>> | undefined;
}

export interface FileToRead {
  readonly format: 'csv' | 'ndjson';
  readonly options: UploadTerms;
  readonly source: AsyncIterable<Uint8Array>;
  readonly maxBytes?: number | undefined;
}

export interface RefusedFile extends FileProblem {
  readonly status: 413 | 415 | 422;
  /** All that was found, this one first. Those about options carry a pointer. */
  readonly problems: readonly (FileProblem & { readonly pointer?: string })[];
}

export type Refused = { readonly kind: 'refused'; readonly problem: RefusedFile };

export interface BegunUpload {
  readonly kind: 'begun';
  readonly terms: Extract<ReturnType<typeof readTerms>, { kind: 'read' }>;
  readonly head: Extract<HeadAnswer, { kind: 'read' }>;
  readonly maxBytes: number;
  readonly first: IteratorYieldResult<Piece>;
  /** What follows the first piece. */
  readonly pieces: AsyncGenerator<Piece>;
}

/** `given`: columns that need not be in the file, beside those that have a default. */
export async function beginUpload(
  context: Context,
  file: FileToRead,
  given: Iterable<string> = [],
): Promise<BegunUpload | Refused> {
  const { maxBytes = FILE_BYTES_MAX, format, options } = file;
  const terms = readTerms(context, options);
  if (terms.kind === 'invalid') return refuseOptions(terms.problems);
  const pieces = rechunk(file.source);
  const first = await pieces.next();
  if (first.done) return refuse(422, [fileProblem('empty_file', 'The file is empty. Send at least one row.')]);
  const defaults = Object.keys(terms.defaults.input);
  const question = { format, model: terms.model, map: options.map ?? {}, given: new Set([...defaults, ...given]) };
  const head = readHead(first.value.bytes, first.value.isLast, question);
  if (head.kind === 'refused') return refuse(head.status, head.problems);
  if (first.value.bytes.byteLength > maxBytes) return tooLarge(maxBytes);
  return { kind: 'begun', terms, head, maxBytes, first: { done: false, value: first.value }, pieces };
}

export function refuseOptions(
  problems: readonly { pointer: string; code: string; value: string | null; message: string }[],
): Refused {
  return refuse(
    422,
    problems.map((problem) => ({ ...problem, line: null, column: null })),
  );
}

export function tooLarge(maxBytes: number): Refused {
  const message = `The file is larger than ${maxBytes} bytes. Split it into several files, each with the header line.`;
  return refuse(413, [fileProblem('file_too_large', message)]);
}

export function refuse(status: RefusedFile['status'], problems: RefusedFile['problems']): Refused {
  const [first = fileProblem('invalid_file', 'The file cannot be read.')] = problems;
  return { kind: 'refused', problem: { ...first, status, problems } };
}
