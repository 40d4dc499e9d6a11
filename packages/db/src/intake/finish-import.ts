/** The end of an import, and what is cleared away after one that failed. */
import type pg from 'pg';
import type { Db } from '../client.ts';
import { onOneClient } from './on-one-client.ts';
import { type PricedRows, startPricedBatch } from './start-batch-sql.ts';

export interface ImportEnd {
  readonly uploadId: string;
  readonly batchId: string;
  /** The row count that the reader arrived at. */
  readonly parsedRows: number;
}

export interface ImportTotals {
  readonly jobs: number;
  readonly rejected: number;
}

/**
 * Counts and prices what was stored and asks `judge` for the verdict: null starts the batch, a problem fails it. One
 * transaction, and nothing (null) when another reader moved on or the batch is no longer validating.
 */
export function finishImport<Problem extends object>(
  db: Db,
  end: ImportEnd,
  judge: (totals: ImportTotals) => Problem | null,
): Promise<{ readonly totals: ImportTotals; readonly problem: Problem | null } | null> {
  return onOneClient(db, async (client) => {
    if (!(await lockImport(client, end))) return null;
    const { rejected, ...priced } = await totalsOf(client, end.batchId);
    const totals = { jobs: priced.jobs, rejected };
    const problem = judge(totals);
    if (problem === null) await start(client, end, priced);
    else await fail(client, end.batchId, problem);
    return { totals, problem };
  });
}

/** Fails the batch for what the file as a whole is. False when the batch is no longer validating. */
export function failImport(db: Db, end: ImportEnd, problem: object): Promise<boolean> {
  return onOneClient(db, async (client) => {
    if (!(await lockImport(client, end))) return false;
    await fail(client, end.batchId, problem);
    return true;
  });
}

/** Locks upload and batch, in the order of every checkpoint. */
async function lockImport(client: pg.PoolClient, { uploadId, batchId, parsedRows }: ImportEnd): Promise<boolean> {
  const upload = await client.query(
    'SELECT 1 FROM uploads WHERE id = $1 AND parsed_rows = $2 AND parsed_at IS NULL FOR UPDATE',
    [uploadId, parsedRows],
  );
  const batch = await client.query("SELECT 1 FROM batches WHERE id = $1 AND state = 'validating' FOR NO KEY UPDATE", [
    batchId,
  ]);
  return upload.rowCount === 1 && batch.rowCount === 1;
}

async function totalsOf(client: pg.PoolClient, batchId: string) {
  const { rows } = await client.query<{ jobs: string; estimated: string; worst: string; rejected: number }>(
    `SELECT count(*) AS jobs, coalesce(sum(estimated_nano_usd), 0) AS estimated,
       coalesce(sum(worst_case_of(estimated_nano_usd, max_attempts, max_cost_nano_usd)), 0) AS worst,
       (SELECT rejected_count FROM batches WHERE id = $1) AS rejected
     FROM jobs WHERE batch_id = $1`,
    [batchId],
  );
  const { jobs = '0', estimated = '0', worst = '0', rejected = 0 } = rows[0] ?? {};
  return { jobs: Number(jobs), estimatedNanoUsd: BigInt(estimated), worstCaseNanoUsd: BigInt(worst), rejected };
}

async function start(client: pg.PoolClient, { uploadId, batchId }: ImportEnd, priced: PricedRows): Promise<void> {
  const run = async (sql: string, values: readonly unknown[]) => (await client.query(sql, [...values])).rows;
  await startPricedBatch(run, batchId, priced);
  await forgetFile(client, uploadId);
}

async function fail(client: pg.PoolClient, batchId: string, problem: object): Promise<void> {
  await client.query("UPDATE batches SET state = 'failed', failed_at = now(), problem = $2 WHERE id = $1", [
    batchId,
    JSON.stringify(problem),
  ]);
}

/** The upload counts as read from here on, and its bytes are no longer needed. */
export function closeUpload(db: Db, uploadId: string): Promise<void> {
  return onOneClient(db, (client) => forgetFile(client, uploadId));
}

async function forgetFile(client: pg.PoolClient, uploadId: string): Promise<void> {
  await client.query('UPDATE uploads SET parsed_at = coalesce(parsed_at, now()), claimed_until = NULL WHERE id = $1', [
    uploadId,
  ]);
  await client.query('DELETE FROM import_chunks WHERE upload_id = $1', [uploadId]);
}

const DELETE_MAX = 2_000;

/** Deletes up to 2,000 jobs of a batch whose import failed; call again until it returns 0. They never had an attempt. */
export function deleteJobsOfFailedImport(db: Db, batchId: string): Promise<number> {
  return db.prisma.$executeRaw`
    DELETE FROM jobs WHERE id IN (
      SELECT j.id FROM jobs j JOIN batches b ON b.id = j.batch_id
      WHERE b.id = ${batchId} AND b.state = 'failed' AND j.attempts = 0
      ORDER BY j.row_no LIMIT ${DELETE_MAX})`;
}
