/** A file on its way in: its row, its chunks, and the moment it becomes a batch's. */
import type { Db, Tx } from '../client.ts';
import { jsonText } from '../json-text.ts';

export interface NewUpload {
  readonly id: string;
  readonly projectId: string;
  readonly format: 'csv' | 'ndjson';
  readonly options: object;
}

/** In SQL, so that its times are Postgres' own: Prisma would take a default from this process's clock. */
export async function insertUpload(db: Db, upload: NewUpload): Promise<void> {
  const { id, projectId, format, options } = upload;
  await db.prisma.$executeRaw`
    INSERT INTO uploads (id, project_id, format, options) VALUES (${id}, ${projectId}, ${format}, ${jsonText(options)}::jsonb)`;
}

/** False when the upload is gone or already complete. */
export async function appendChunk(db: Db, uploadId: string, n: number, bytes: Uint8Array): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `WITH open AS (
       UPDATE uploads SET bytes = bytes + $4, touched_at = now() WHERE id = $1 AND completed_at IS NULL RETURNING id
     )
     INSERT INTO import_chunks (upload_id, n, bytes) SELECT id, $2, $3 FROM open`,
    [uploadId, n, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes.byteLength],
  );
  return rowCount === 1;
}

/** Ties the upload to its batch; from here on an import task may read it. False when somebody else was first. */
export async function linkUpload(tx: Tx, uploadId: string, batchId: string, sha256: string): Promise<boolean> {
  const linked = await tx.$executeRaw`
    UPDATE uploads SET batch_id = ${batchId}, sha256 = ${sha256}, completed_at = now(), touched_at = now()
    WHERE id = ${uploadId} AND completed_at IS NULL`;
  return linked === 1;
}

/** Forgets an upload that did not become a batch, with its chunks. */
export async function deleteUpload(db: Db, uploadId: string): Promise<void> {
  await db.prisma.$executeRaw`DELETE FROM uploads WHERE id = ${uploadId} AND completed_at IS NULL`;
}

const SWEEP_MAX = 20;

/** Forgets uploads whose sender went away: incomplete, and no byte for `idleMs`. Returns how many. */
export async function deleteIdleUploads(db: Db, idleMs: number): Promise<number> {
  return db.prisma.$executeRaw`
    DELETE FROM uploads WHERE id IN (
      SELECT id FROM uploads
      WHERE completed_at IS NULL AND touched_at < now() - make_interval(secs => ${idleMs / 1000}::double precision)
      ORDER BY touched_at LIMIT ${SWEEP_MAX} FOR UPDATE SKIP LOCKED)`;
}
