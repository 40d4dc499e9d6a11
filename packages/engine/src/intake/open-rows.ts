/** A stored file as rows: its chunks, decoded and split as its head said. */
import { type Column, findModel, type RowPlan, readDefaults } from '@reelay/core';
import { type ImportClaim, readChunkSlice, renewUploadClaim } from '@reelay/db';
import type { Context } from '../context.ts';
import { callbackFaultOf } from './callback-fault.ts';
import { decodeText } from './file/decode-text.ts';
import { csvRows, ndjsonRows, type SourceRow } from './file/source-rows.ts';
import { IMPORT_LEASE_MS, RENEW_EVERY_CHUNKS, SLICE_BYTES } from './import-limits.ts';
import { columnsSchema, csvHeadOf, fileFactsSchema, uploadOptionsSchema } from './upload-options.ts';

export interface OpenRows {
  readonly rows: AsyncIterable<SourceRow[]>;
  /** Null where the file has no header line. */
  readonly columns: readonly Column[] | null;
}

/** Chunks go when a file has been read to its end, by this reader or by another. */
export class ChunkMissing extends Error {
  override readonly name = 'ChunkMissing';
}

export function openRows(context: Context, claim: ImportClaim): OpenRows {
  const facts = fileFactsSchema.parse(claim.batch.fileFacts);
  const plan = planOf(context, claim);
  const texts = decodeText(slicesOf(context, claim), facts.encoding);
  if (claim.format === 'ndjson') return { rows: ndjsonRows(texts, plan), columns: null };
  const columns = columnsSchema.parse(claim.batch.columns);
  return { rows: csvRows(texts, csvHeadOf(facts, columns), plan), columns };
}

function planOf(context: Context, claim: ImportClaim): RowPlan {
  const model = findModel(claim.batch.model);
  if (!model) throw new Error(`batch ${claim.batch.id}: model ${claim.batch.model} is not in the catalogue`);
  const { defaults: values, ...options } = uploadOptionsSchema.parse(claim.options);
  const read = readDefaults(model, { values, ...options });
  if (read.kind === 'invalid') throw new Error(`batch ${claim.batch.id}: its defaults no longer suit the model`);
  return { model, defaults: read.defaults, nowMs: context.now(), callbackFault: callbackFaultOf(context) };
}

async function* slicesOf(context: Context, { uploadId, chunkCount }: ImportClaim): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < chunkCount; n++) {
    if (n % RENEW_EVERY_CHUNKS === RENEW_EVERY_CHUNKS - 1)
      await renewUploadClaim(context.db, uploadId, IMPORT_LEASE_MS);
    for (let offset = 0; ; offset += SLICE_BYTES) {
      const bytes = await readChunkSlice(context.db, { uploadId, n, offset, length: SLICE_BYTES });
      if (!bytes && offset === 0) throw new ChunkMissing(`upload ${uploadId}: chunk ${n} is missing`);
      if (!bytes) break;
      yield bytes;
    }
  }
}
