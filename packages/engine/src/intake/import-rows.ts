/**
 * Reads a stored file into jobs. Each checkpoint moves jobs, rejected rows and the row count in one transaction, so a
 * crash anywhere resumes behind the last one, two readers at once do the work once, and every row of the file ends as a
 * job or as a rejected row. Nothing of the batch can be dispatched before the last transaction starts it; what makes the
 * file or a strict batch fail removes its jobs again.
 */
import {
  claimUpload,
  closeUpload,
  deleteJobsOfFailedImport,
  failImport,
  finishImport,
  type ImportClaim,
  inTransaction,
  readBatchState,
  releaseUploadClaim,
  renewUploadClaim,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { tellVerdict } from '../events/tell-batch.ts';
import { FileFault, type FileProblem } from './file/file-problem.ts';
import { IMPORT_LEASE_MS } from './import-limits.ts';
import { judgeImport } from './judge-import.ts';
import { ChunkMissing } from './open-rows.ts';
import { storeRows } from './store-rows.ts';

/** Counting and pricing the rows of the longest files. */
const FINISH_TIMEOUT_MS = 30_000;

export type ImportReport =
  | { readonly kind: 'imported'; readonly jobs: number; readonly rejected: number }
  | { readonly kind: 'failed'; readonly problem: FileProblem | null }
  /** The batch was cancelled, or another reader has taken over. */
  | { readonly kind: 'stopped' }
  /** Nothing to do: no such upload, not complete, read already, or being read. */
  | { readonly kind: 'not_claimed' };

export async function importRows(context: Context, uploadId: string): Promise<ImportReport> {
  const claim = await claimUpload(context.db, uploadId, IMPORT_LEASE_MS);
  if (!claim) return { kind: 'not_claimed' };
  try {
    await context.failpoint('import.claimed');
    return await importClaimed(context, claim);
  } catch (error) {
    await releaseUploadClaim(context.db, uploadId).catch((cause: unknown) =>
      context.log.warn({ err: cause, uploadId }, 'import claim not released; its lease will lapse'),
    );
    throw error;
  }
}

async function importClaimed(context: Context, claim: ImportClaim): Promise<ImportReport> {
  if (claim.batch.state !== 'validating') return stop(context, claim);
  const progress = { parsedRows: claim.parsedRows };
  try {
    const outcome = await storeRows(context, claim, progress);
    if (outcome === 'overtaken') return { kind: 'stopped' };
    if (outcome === 'stopped') return stop(context, claim);
  } catch (error) {
    if (error instanceof ChunkMissing && (await isReadToEnd(context, claim))) return stop(context, claim);
    if (error instanceof FileFault) return failFile(context, claim, progress.parsedRows, error.problem);
    throw error;
  }
  return finish(context, claim, progress.parsedRows);
}

async function finish(context: Context, claim: ImportClaim, parsedRows: number): Promise<ImportReport> {
  await context.failpoint('import.before_finish');
  const end = { uploadId: claim.uploadId, batchId: claim.batch.id, parsedRows };
  const finished = await inTransaction(
    context.db,
    async (tx) => {
      const ended = await finishImport(tx, end, (totals) => judgeImport(claim.batch.mode, totals));
      if (ended) await tellVerdict(context, tx, { projectId: claim.batch.projectId, batchId: claim.batch.id });
      return ended;
    },
    FINISH_TIMEOUT_MS,
  );
  await context.failpoint('import.finished');
  if (!finished) return stop(context, claim);
  if (finished.problem !== null) return clearAway(context, claim, finished.problem);
  return { kind: 'imported', ...finished.totals };
}

/** Another reader was faster and has deleted the file that this one was reading. */
async function isReadToEnd(context: Context, claim: ImportClaim): Promise<boolean> {
  return (await readBatchState(context.db, claim.batch.id)) !== 'validating';
}

async function failFile(
  context: Context,
  claim: ImportClaim,
  parsedRows: number,
  problem: FileProblem,
): Promise<ImportReport> {
  const end = { uploadId: claim.uploadId, batchId: claim.batch.id, parsedRows };
  const failed = await inTransaction(context.db, async (tx) => {
    const won = await failImport(tx, end, problem);
    if (won) await tellVerdict(context, tx, { projectId: claim.batch.projectId, batchId: claim.batch.id });
    return won;
  });
  if (!failed) return stop(context, claim);
  return clearAway(context, claim, problem);
}

/** The batch has failed: its jobs go, in steps; what a crash leaves of them the next run takes. */
async function clearAway(context: Context, claim: ImportClaim, problem: FileProblem | null): Promise<ImportReport> {
  await context.failpoint('import.failed');
  while ((await deleteJobsOfFailedImport(context.db, claim.batch.id)) > 0) {
    await renewUploadClaim(context.db, claim.uploadId, IMPORT_LEASE_MS);
    await context.failpoint('import.jobs_deleted');
  }
  await closeUpload(context.db, claim.uploadId);
  return { kind: 'failed', problem };
}

/** Somebody else moved the batch on. A failed import is cleared away by whoever finds it; a cancelled batch keeps its jobs. */
async function stop(context: Context, claim: ImportClaim): Promise<ImportReport> {
  const state = await readBatchState(context.db, claim.batch.id);
  if (state === 'failed') return clearAway(context, claim, null);
  if (state !== 'validating') await closeUpload(context.db, claim.uploadId);
  return { kind: 'stopped' };
}
