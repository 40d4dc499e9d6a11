/**
 * The middle of an import: rows in, checkpoints out. The next checkpoint's rows are read while one is being stored, so
 * that the database and this process work at the same time; no more than those two are held.
 */
import { type Checkpoint, type CheckpointOutcome, type ImportClaim, inCheckpoint } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import type { SourceRow } from './file/source-rows.ts';
import { type GivenColumns, givenColumns } from './given-columns.ts';
import { groupRows } from './group-rows.ts';
import { IMPORT_LEASE_MS } from './import-limits.ts';
import { oneAhead } from './one-ahead.ts';
import { openRows } from './open-rows.ts';
import { type SortedRows, sortRows } from './sort-rows.ts';

export interface Progress {
  parsedRows: number;
}

/** `read`: to the end of the file. Throws FileFault when the file itself is at fault. */
export async function storeRows(
  context: Context,
  claim: ImportClaim,
  progress: Progress,
): Promise<'read' | Exclude<CheckpointOutcome, 'stored'>> {
  const { rows, columns } = openRows(context, claim);
  const work = { context, claim, progress, given: columns === null ? givenColumns(claim) : null };
  for await (const group of oneAhead(groupRows(rows, claim.parsedRows))) {
    const outcome = await storeGroup(work, group);
    if (outcome !== 'stored') return outcome;
  }
  return 'read';
}

interface Work {
  readonly context: Context;
  readonly claim: ImportClaim;
  readonly progress: Progress;
  /** Null where a header line names the columns. */
  readonly given: GivenColumns | null;
}

async function storeGroup(work: Work, group: readonly SourceRow[]): Promise<CheckpointOutcome> {
  const { context, claim, progress, given } = work;
  await context.failpoint('import.before_checkpoint');
  const fromRow = progress.parsedRows;
  const toRow = group.at(-1)?.rowNo ?? fromRow;
  const range = { uploadId: claim.uploadId, batchId: claim.batch.id, fromRow, toRow, leaseMs: IMPORT_LEASE_MS };
  const outcome = await inCheckpoint(context.db, range, async (checkpoint) => {
    const { rejected, names } = await copyRows(work, checkpoint, group);
    await checkpoint.addRejectedRows(rejected);
    const columns = given?.widenedBy(names) ?? null;
    if (columns) await checkpoint.setColumns(columns);
    await context.failpoint('import.in_checkpoint');
  });
  if (outcome === 'stored') progress.parsedRows = toRow;
  await context.failpoint('import.after_checkpoint');
  return outcome;
}

/** Rows are tried without asking first; only a file that repeats a custom_id over a distance pays for the question. */
async function copyRows(
  { context, claim: { batch } }: Work,
  checkpoint: Checkpoint,
  group: readonly SourceRow[],
): Promise<SortedRows> {
  const { projectId, laneId, model, apiKeyId } = batch;
  const home = { projectId, batchId: batch.id, laneId, model, apiKeyId };
  const firstId = newId(context, 'job');
  const tried = sortRows(group, firstId, new Map());
  if (await checkpoint.copyJobs(home, tried.jobs)) return tried;
  const customIds = new Set(group.flatMap((row) => customIdOf(row) ?? []));
  const sorted = sortRows(group, firstId, await checkpoint.linesOf(customIds));
  if (await checkpoint.copyJobs(home, sorted.jobs)) return sorted;
  throw new Error(`batch ${batch.id}: a custom_id is taken, but by no row`);
}

function customIdOf(row: SourceRow): string | null {
  const outcome = row.parse();
  return outcome.kind === 'job' ? outcome.row.customId : null;
}
