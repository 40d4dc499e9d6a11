/** A stored file as rows: its chunks, decoded and split as its head said. */
import { type Column, findModel, type RowPlan, readDefaults } from '@reelay/core';
import { type ImportClaim, readChunk, renewUploadClaim } from '@reelay/db';
import type { Context } from '../context.ts';
import { decodeText } from './file/decode-text.ts';
import { csvRows, ndjsonRows, type SourceRow } from './file/source-rows.ts';
import { IMPORT_LEASE_MS, RENEW_EVERY_CHUNKS, SLICE_BYTES } from './import-limits.ts';
import { columnsSchema, csvHeadOf, fileFactsSchema, uploadOptionsSchema } from './upload-options.ts';

export interface OpenRows {
  readonly rows: AsyncIterable<SourceRow[]>;
  /** Null where the file has no header line. */
  readonly columns: readonly Column[] | null;
}

export function openRows(context: Context, claim: ImportClaim): OpenRows {
  const facts = fileFactsSchema.parse(claim.batch.fileFacts);
  const plan = planOf(context, claim);
  const texts = decodeText(chunksOf(context, claim), facts.encoding);
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
  return { model, defaults: read.defaults, nowMs: context.now() };
}

/** The next chunk is fetched while the one before is being read. */
async function* chunksOf(context: Context, { uploadId, chunkCount }: ImportClaim): AsyncGenerator<Uint8Array> {
  const fetch = (n: number) => (n < chunkCount ? readChunk(context.db, uploadId, n) : Promise.resolve(null));
  let next = fetch(0);
  for (let n = 0; n < chunkCount; n++) {
    const bytes = await next;
    if (!bytes) throw new Error(`upload ${uploadId}: chunk ${n} is missing`);
    next = fetch(n + 1);
    // Waited for in the next round; until then its failure has no other listener.
    next.catch(() => {});
    if (n % RENEW_EVERY_CHUNKS === RENEW_EVERY_CHUNKS - 1)
      await renewUploadClaim(context.db, uploadId, IMPORT_LEASE_MS);
    for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
  }
}
