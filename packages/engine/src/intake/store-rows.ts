/**
 * The middle of an import: rows in, checkpoints out. While one checkpoint is being stored the next one's rows are parsed,
 * so the database and this process work at the same time and at most two checkpoints are held.
 */
import { type PlacedRow, splitDuplicates } from '@reelay/core';
import {
  type Checkpoint,
  type CheckpointOutcome,
  type ImportClaim,
  inCheckpoint,
  type NewJob,
  type NewRejectedRow,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { type GivenColumns, givenColumns } from './given-columns.ts';
import { groupRows } from './group-rows.ts';
import { IMPORT_LEASE_MS } from './import-limits.ts';
import { openRows } from './open-rows.ts';
import { type ParsedGroup, parseGroup } from './parse-group.ts';

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
  const given = columns === null ? givenColumns(claim) : null;
  let storing: Promise<CheckpointOutcome> = Promise.resolve('stored');
  try {
    for await (const group of groupRows(rows, claim.parsedRows)) {
      const parsed = parseGroup(group, newId(context, 'job'));
      const outcome = await storing;
      if (outcome !== 'stored') return outcome;
      storing = storeGroup(context, claim, progress, parsed, given);
      // Waited for in the next round; until then its failure has no other listener.
      storing.catch(() => {});
    }
    const last = await storing;
    return last === 'stored' ? 'read' : last;
  } finally {
    await storing.catch(() => {});
  }
}

async function storeGroup(
  context: Context,
  claim: ImportClaim,
  progress: Progress,
  group: ParsedGroup,
  given: GivenColumns | null,
): Promise<CheckpointOutcome> {
  await context.failpoint('import.before_checkpoint');
  const { uploadId, batch } = claim;
  const range = {
    uploadId,
    batchId: batch.id,
    fromRow: progress.parsedRows,
    toRow: group.lastRowNo,
    leaseMs: IMPORT_LEASE_MS,
  };
  const outcome = await inCheckpoint(context.db, range, async (checkpoint) => {
    await storeIn(checkpoint, claim, group);
    const columns = given?.widenedBy(group.names) ?? null;
    if (columns) await checkpoint.setColumns(columns);
    await context.failpoint('import.in_checkpoint');
  });
  if (outcome === 'stored') progress.parsedRows = group.lastRowNo;
  await context.failpoint('import.after_checkpoint');
  return outcome;
}

async function storeIn(checkpoint: Checkpoint, { batch }: ImportClaim, group: ParsedGroup): Promise<void> {
  const customIds = group.good.map(({ row }) => row.customId).filter((customId) => customId !== null);
  const { kept, repeated } = splitDuplicates<PlacedRow & NewJob & ParsedGroup['good'][number]>(
    group.good,
    await checkpoint.linesOf(customIds),
  );
  const duplicates = repeated.map(
    ({ placed, problem }): NewRejectedRow => ({
      rowNo: placed.rowNo,
      line: placed.line,
      problems: [problem],
      cells: placed.cells(),
    }),
  );
  await checkpoint.copyJobs(
    { projectId: batch.projectId, batchId: batch.id, laneId: batch.laneId, model: batch.model },
    kept,
  );
  await checkpoint.addRejectedRows([...group.rejected, ...duplicates]);
}
