/**
 * Takes a file in: stored in Postgres while it arrives, hashed on the way, its head checked before anything is stored.
 * It becomes a batch when its last byte is committed; of a file that is refused, too large or cut off nothing stays.
 */
import { createHash } from 'node:crypto';
import { deleteUpload } from '@reelay/db';
import type { Context } from '../context.ts';
import { type BatchTerms, readTerms } from './batch-terms.ts';
import { type FileProblem, fileProblem } from './file/file-problem.ts';
import { type HeadAnswer, readHead } from './read-head.ts';
import { type Piece, rechunk } from './rechunk.ts';
import { appendChunk, type BeforeUploadCommit, completeUpload, startUpload } from './upload.ts';

export const FILE_BYTES_MAX = 1024 ** 3;

export interface UploadTerms extends BatchTerms {
  /** Header → the column that it stands for; empty: ignored. */
  readonly map?: Readonly<Record<string, string>> | undefined;
}

export interface UploadRequest {
  readonly projectId: string;
  readonly apiKeyId?: string | undefined;
  readonly format: 'csv' | 'ndjson';
  readonly options: UploadTerms;
  readonly source: AsyncIterable<Uint8Array>;
  readonly maxBytes?: number | undefined;
  readonly beforeCommit?: BeforeUploadCommit | undefined;
}

export interface RefusedFile extends FileProblem {
  readonly status: 413 | 415 | 422;
  /** All that was found, this one first. Those about options carry a pointer. */
  readonly problems: readonly (FileProblem & { readonly pointer?: string })[];
}

export type ReceiveUploadReport =
  | { readonly kind: 'accepted'; readonly batchId: string; readonly sha256: string }
  | { readonly kind: 'refused'; readonly problem: RefusedFile }
  | { readonly kind: 'discarded'; readonly sha256: string };

/** The source is not read to its end when the file is refused: what to do with the rest is the caller's choice. */
export async function receiveUpload(context: Context, request: UploadRequest): Promise<ReceiveUploadReport> {
  const { options } = request;
  const terms = readTerms(context, options);
  if (terms.kind === 'invalid') {
    const problems = terms.problems.map((problem) => ({ ...problem, line: null, column: null }));
    return refuse(422, problems);
  }
  const stored = await storeFile(context, request, terms);
  if (stored.kind === 'refused') return stored;
  const { uploadId, sha256, head } = stored;
  const { maxAttempts } = terms.defaults;
  const { projectId, apiKeyId, beforeCommit } = request;
  return keepOrDelete(context, uploadId, async () => {
    const file = { facts: head.facts, columns: head.columns, model: terms.model };
    const complete = { uploadId, projectId, apiKeyId, sha256, terms: options, maxAttempts, beforeCommit, ...file };
    const batchId = await completeUpload(context, complete);
    if (batchId !== null) return { kind: 'accepted', batchId, sha256 };
    await deleteUpload(context.db, uploadId);
    return { kind: 'discarded', sha256 };
  });
}

type ReadTerms = Extract<ReturnType<typeof readTerms>, { kind: 'read' }>;
type ReadHead = Extract<HeadAnswer, { kind: 'read' }>;
type StoredFile = {
  readonly kind: 'stored';
  readonly uploadId: string;
  readonly sha256: string;
  readonly head: ReadHead;
};
type Refused = { readonly kind: 'refused'; readonly problem: RefusedFile };

async function storeFile(context: Context, request: UploadRequest, terms: ReadTerms): Promise<StoredFile | Refused> {
  const { maxBytes = FILE_BYTES_MAX } = request;
  const pieces = rechunk(request.source);
  const first = await pieces.next();
  if (first.done) return refuse(422, [fileProblem('empty_file', 'The file is empty. Send at least one row.')]);
  const head = readHead(first.value.bytes, first.value.isLast, questionOf(request, terms));
  if (head.kind === 'refused') return refuse(head.status, head.problems);
  if (first.value.bytes.byteLength > maxBytes) return tooLarge(maxBytes);
  const uploadId = await startUpload(context, { ...request, options: keptOptions(request.options, terms) });
  return keepOrDelete(context, uploadId, async () => {
    const hash = createHash('sha256');
    let bytes = 0;
    let next: IteratorResult<Piece> = first;
    for (let n = 0; !next.done; n++, next = await pieces.next()) {
      bytes += next.value.bytes.byteLength;
      if (bytes > maxBytes) {
        await deleteUpload(context.db, uploadId);
        return tooLarge(maxBytes);
      }
      hash.update(next.value.bytes);
      await appendChunk(context, uploadId, n, next.value.bytes);
      await context.failpoint('upload.chunk_stored');
    }
    return { kind: 'stored', uploadId, sha256: hash.digest('hex'), head };
  });
}

function questionOf({ format, options }: UploadRequest, { model, defaults }: ReadTerms) {
  return { format, model, map: options.map ?? {}, given: new Set(Object.keys(defaults.input)) };
}

function keptOptions({ defaults = {}, priority, callbackUrl }: UploadTerms, terms: ReadTerms) {
  return {
    defaults,
    maxAttempts: terms.defaults.maxAttempts,
    ...(priority === undefined ? {} : { priority }),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  };
}

/** When anything fails, the upload goes; should that fail too, the sweep finds it. */
async function keepOrDelete<T>(context: Context, uploadId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await deleteUpload(context.db, uploadId).catch((cause: unknown) =>
      context.log.warn({ err: cause, uploadId }, 'upload not deleted; the sweep will'),
    );
    throw error;
  }
}

function tooLarge(maxBytes: number): Refused {
  const message = `The file is larger than ${maxBytes} bytes. Split it into several files, each with the header line.`;
  return refuse(413, [fileProblem('file_too_large', message)]);
}

function refuse(status: RefusedFile['status'], problems: RefusedFile['problems']): Refused {
  const [first = fileProblem('invalid_file', 'The file cannot be read.')] = problems;
  return { kind: 'refused', problem: { ...first, status, problems } };
}
