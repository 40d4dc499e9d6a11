/** What an export reads beside the jobs. */
import type { BatchState } from '@reelay/core';
import type { Db } from '../client.ts';

export interface ExportBatch {
  readonly id: string;
  readonly state: BatchState;
  readonly model: string;
  readonly columns: unknown;
}

export async function readExportBatch(db: Db, projectId: string, batchId: string): Promise<ExportBatch | null> {
  const batch = await db.prisma.batch.findUnique({
    where: { id: batchId, project_id: projectId },
    select: { id: true, state: true, model: true, columns: true },
  });
  return batch && { ...batch, state: batch.state as BatchState };
}

export interface RejectedCells {
  readonly row_no: bigint;
  readonly line: bigint;
  readonly column: string | null;
  readonly code: string;
  readonly value: string | null;
  readonly problems: unknown;
  readonly cells: unknown;
}

/** In the order of the file. */
export function readRejectedCells(
  db: Db,
  batchId: string,
  afterRowNo: bigint,
  limit: number,
): Promise<RejectedCells[]> {
  return db.prisma.rejectedRow.findMany({
    where: { batch_id: batchId, row_no: { gt: afterRowNo } },
    orderBy: { row_no: 'asc' },
    take: limit,
  });
}
