/** The end of an import, and what is cleared away after one that failed. */
import { type Db, inTransaction, type Tx } from '../client.ts';
import { failBatch, type PricedRows, startBatch } from './start-batch.ts';

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
 * Counts and prices what was stored and asks `judge` for the verdict: null starts the batch, a problem fails it. Nothing
 * (null) when another reader moved on or the batch is no longer validating.
 */
export async function finishImport<Problem extends object>(
  tx: Tx,
  end: ImportEnd,
  judge: (totals: ImportTotals) => Problem | null,
): Promise<{ readonly totals: ImportTotals; readonly problem: Problem | null } | null> {
  const { batchId, uploadId } = end;
  if (!(await lockImport(tx, end))) return null;
  const { rejected, ...priced } = await totalsOf(tx, batchId);
  const totals = { jobs: priced.jobs, rejected };
  const problem = judge(totals);
  if (problem !== null) {
    await failBatch(tx, batchId, problem);
    return { totals, problem };
  }
  await startBatch(tx, batchId, priced, rejected);
  await forgetFile(tx, uploadId);
  return { totals, problem };
}

/** Fails the batch for what the file as a whole is. False when the batch is no longer validating. */
export async function failImport(tx: Tx, end: ImportEnd, problem: object): Promise<boolean> {
  if (!(await lockImport(tx, end))) return false;
  await failBatch(tx, end.batchId, problem);
  return true;
}

/** Locks upload and batch, in the order of every checkpoint. */
async function lockImport(tx: Tx, { uploadId, batchId, parsedRows }: ImportEnd): Promise<boolean> {
  const upload = await tx.$queryRaw<object[]>`
    SELECT 1 FROM uploads WHERE id = ${uploadId} AND parsed_rows = ${parsedRows} AND parsed_at IS NULL FOR UPDATE`;
  const batch = await tx.$queryRaw<object[]>`
    SELECT 1 FROM batches WHERE id = ${batchId} AND state = 'validating' FOR NO KEY UPDATE`;
  return upload.length === 1 && batch.length === 1;
}

async function totalsOf(tx: Tx, batchId: string): Promise<PricedRows & { readonly rejected: number }> {
  const [row] = await tx.$queryRaw<{ jobs: number; estimated: bigint; worst: bigint; rejected: number }[]>`
    SELECT count(*)::int AS jobs, coalesce(sum(estimated_nano_usd), 0)::bigint AS estimated,
      coalesce(sum(worst_case_of(estimated_nano_usd, max_attempts, max_cost_nano_usd)), 0)::bigint AS worst,
      (SELECT rejected_count FROM batches WHERE id = ${batchId}) AS rejected
    FROM jobs WHERE batch_id = ${batchId}`;
  const { jobs = 0, estimated = 0n, worst = 0n, rejected = 0 } = row ?? {};
  return { jobs, estimatedNanoUsd: estimated, worstCaseNanoUsd: worst, rejected };
}

/** The upload counts as read from here on, and its bytes are no longer needed. */
export function closeUpload(db: Db, uploadId: string): Promise<void> {
  return inTransaction(db, (tx) => forgetFile(tx, uploadId));
}

async function forgetFile(tx: Tx, uploadId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE uploads SET parsed_at = coalesce(parsed_at, now()), claimed_until = NULL WHERE id = ${uploadId}`;
  await tx.$executeRaw`DELETE FROM import_chunks WHERE upload_id = ${uploadId}`;
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
