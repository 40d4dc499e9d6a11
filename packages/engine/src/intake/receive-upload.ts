/**
 * Takes a file in: stored in Postgres while it arrives, hashed on the way, its head checked before anything is stored.
 * It becomes a batch when its last byte is committed; of a file that is refused, too large or cut off nothing stays.
 */
import { createHash } from 'node:crypto';
import { deleteUpload } from '@reelay/db';
import type { Context } from '../context.ts';
import {
  type BegunUpload,
  beginUpload,
  type FileToRead,
  type Refused,
  type RefusedFile,
  tooLarge,
  type UploadTerms,
} from './begin-upload.ts';
import type { Piece } from './rechunk.ts';
import { appendChunk, type BeforeUploadCommit, completeUpload, startUpload } from './upload.ts';

export interface UploadRequest extends FileToRead {
  readonly projectId: string;
  readonly apiKeyId?: string | undefined;
  readonly beforeCommit?: BeforeUploadCommit | undefined;
}

export type ReceiveUploadReport =
  | { readonly kind: 'accepted'; readonly batchId: string; readonly sha256: string }
  | { readonly kind: 'refused'; readonly problem: RefusedFile }
  | { readonly kind: 'discarded'; readonly sha256: string };

/** The source is not read to its end when the file is refused: what to do with the rest is the caller's choice. */
export async function receiveUpload(context: Context, request: UploadRequest): Promise<ReceiveUploadReport> {
  const begun = await beginUpload(context, request);
  if (begun.kind === 'refused') return begun;
  const stored = await storeFile(context, request, begun);
  if (stored.kind === 'refused') return stored;
  const { uploadId, sha256 } = stored;
  const { terms, head } = begun;
  const { maxAttempts } = terms.defaults;
  const { projectId, apiKeyId, options, beforeCommit } = request;
  return keepOrDelete(context, uploadId, async () => {
    const file = { facts: head.facts, columns: head.columns, model: terms.model };
    const complete = { uploadId, projectId, apiKeyId, sha256, terms: options, maxAttempts, beforeCommit, ...file };
    const batchId = await completeUpload(context, complete);
    if (batchId !== null) return { kind: 'accepted', batchId, sha256 };
    await deleteUpload(context.db, uploadId);
    return { kind: 'discarded', sha256 };
  });
}

type StoredFile = { readonly kind: 'stored'; readonly uploadId: string; readonly sha256: string };

async function storeFile(
  context: Context,
  request: UploadRequest,
  { terms, maxBytes, first, pieces }: BegunUpload,
): Promise<StoredFile | Refused> {
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
    return { kind: 'stored', uploadId, sha256: hash.digest('hex') };
  });
}

function keptOptions({ defaults = {}, priority, callbackUrl }: UploadTerms, terms: BegunUpload['terms']) {
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
