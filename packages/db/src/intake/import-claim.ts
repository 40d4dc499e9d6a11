/**
 * Who reads an upload. A claim is a lease by Postgres' clock; what makes two readers harmless is not the lease but the
 * checkpoint, which moves on from the row count that its reader started from or not at all.
 */
import type { BatchState } from '@reelay/core';
import type { Db } from '../client.ts';
import { fromNow } from '../interval.ts';

export interface ImportClaim {
  readonly uploadId: string;
  readonly format: 'csv' | 'ndjson';
  readonly options: unknown;
  /** Rows that are stored already, as jobs or as rejected rows. */
  readonly parsedRows: number;
  readonly chunkCount: number;
  readonly batch: {
    readonly id: string;
    readonly projectId: string;
    readonly apiKeyId: string | null;
    readonly laneId: string;
    readonly state: BatchState;
    readonly model: string;
    readonly mode: 'best_effort' | 'strict';
    readonly columns: unknown;
    readonly fileFacts: unknown;
  };
}

/** Null when the upload is gone, incomplete, read to its end, or being read by somebody else. */
export async function claimUpload(db: Db, uploadId: string, leaseMs: number): Promise<ImportClaim | null> {
  const claimed = await db.prisma.$executeRaw`
    UPDATE uploads SET claimed_until = ${fromNow(leaseMs)}
    WHERE id = ${uploadId} AND completed_at IS NOT NULL AND parsed_at IS NULL
      AND (claimed_until IS NULL OR claimed_until < now())`;
  return claimed === 1 ? readClaimed(db, uploadId) : null;
}

async function readClaimed(db: Db, uploadId: string): Promise<ImportClaim | null> {
  const upload = await db.prisma.upload.findUnique({
    where: { id: uploadId },
    include: { batch: { include: { lane: true } }, _count: { select: { chunks: true } } },
  });
  if (!upload?.batch?.lane) return null;
  const { batch } = upload;
  return {
    uploadId,
    format: upload.format as 'csv' | 'ndjson',
    options: upload.options,
    parsedRows: Number(upload.parsed_rows),
    chunkCount: upload._count.chunks,
    batch: {
      id: batch.id,
      projectId: batch.project_id,
      apiKeyId: batch.api_key_id,
      laneId: upload.batch.lane.id,
      state: batch.state as BatchState,
      model: batch.model,
      mode: batch.mode as 'best_effort' | 'strict',
      columns: batch.columns,
      fileFacts: batch.file_facts,
    },
  };
}

/** For stretches without a checkpoint. */
export async function renewUploadClaim(db: Db, uploadId: string, leaseMs: number): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE uploads SET claimed_until = ${fromNow(leaseMs)} WHERE id = ${uploadId} AND parsed_at IS NULL`;
}

/** After a failure: the next reader need not wait for the lease. */
export async function releaseUploadClaim(db: Db, uploadId: string): Promise<void> {
  await db.prisma.$executeRaw`UPDATE uploads SET claimed_until = NULL WHERE id = ${uploadId} AND parsed_at IS NULL`;
}

/** A slice of a chunk: bytes arrive as text twice as long, and what is small is soon collected. Null behind its end. */
export async function readChunkSlice(db: Db, at: ChunkSlice): Promise<Uint8Array | null> {
  const { rows } = await db.pool.query<{ bytes: Buffer }>(
    'SELECT substring(bytes FROM $3 FOR $4) AS bytes FROM import_chunks WHERE upload_id = $1 AND n = $2 AND length(bytes) >= $3',
    [at.uploadId, at.n, at.offset + 1, at.length],
  );
  return rows[0]?.bytes ?? null;
}

export interface ChunkSlice {
  readonly uploadId: string;
  readonly n: number;
  readonly offset: number;
  readonly length: number;
}

export async function readBatchState(db: Db, batchId: string): Promise<BatchState | null> {
  const batch = await db.prisma.batch.findUnique({ where: { id: batchId }, select: { state: true } });
  return batch ? (batch.state as BatchState) : null;
}
