/** An upload step by step: opened, filled in order, and turned into a batch in one transaction. */
import type { Column, Model } from '@reelay/core';
import { insertBatch, insertUpload, inTransaction, linkUpload, appendChunk as storeChunk, type Tx } from '@reelay/db';
import { type Context, enqueueAfterCommit } from '../context.ts';
import { newId } from '../make-id.ts';
import { type BatchTerms, newBatch } from './batch-terms.ts';
import { askBeforeCommit, unlessDiscarded } from './before-commit.ts';
import type { FileFacts, UploadOptions } from './upload-options.ts';

export interface NewFile {
  readonly projectId: string;
  readonly format: 'csv' | 'ndjson';
  readonly options: UploadOptions;
}

export async function startUpload(context: Context, file: NewFile): Promise<string> {
  const id = newId(context, 'upload');
  await insertUpload(context.db, { id, ...file });
  return id;
}

/** Chunks are numbered from 0. Throws when the upload was swept meanwhile. */
export async function appendChunk(context: Context, uploadId: string, n: number, bytes: Uint8Array): Promise<void> {
  if (!(await storeChunk(context.db, uploadId, n, bytes))) throw new Error(`upload ${uploadId} is no longer open`);
}

export interface CompleteUpload {
  readonly uploadId: string;
  readonly projectId: string;
  readonly apiKeyId: string | undefined;
  readonly sha256: string;
  readonly model: Model;
  readonly terms: BatchTerms;
  readonly maxAttempts: number;
  readonly facts: FileFacts;
  readonly columns: readonly Column[] | null;
  readonly beforeCommit?: BeforeUploadCommit | undefined;
}

/** As BeforeCommit, with the digest that only the whole file gives. */
export type BeforeUploadCommit = (tx: Tx, sha256: string, batchId: string) => Promise<'commit' | 'discard'>;

/** Creates the batch that the file will fill, and has it read. Null when `beforeCommit` discarded it. */
export async function completeUpload(context: Context, upload: CompleteUpload): Promise<string | null> {
  const { uploadId, sha256, beforeCommit } = upload;
  const batchId = newId(context, 'batch');
  const columns = upload.columns ?? [];
  const batch = newBatch({ ...upload, id: batchId }, { columns, fileFacts: upload.facts });
  const stored = await unlessDiscarded(
    inTransaction(context.db, async (tx) => {
      await insertBatch(tx, batch);
      if (!(await linkUpload(tx, uploadId, batchId, sha256))) throw new Error(`upload ${uploadId} is no longer open`);
      await askBeforeCommit(tx, batchId, beforeCommit && ((inner, id) => beforeCommit(inner, sha256, id)));
      return batchId;
    }),
  );
  if (stored !== null) await enqueueAfterCommit(context, 'import', [uploadId]);
  return stored;
}
