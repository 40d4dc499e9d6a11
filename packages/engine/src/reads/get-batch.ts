/** Batches of a project, one or by the page, and the rows of a batch that never became jobs. */
import { hasBatch, type Page, readBatch, readBatches, readRejectedRows, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { type BatchView, batchView, rejectedRowView } from './batch-view.ts';
import type { BatchPage } from './get-job.ts';
import { numericPage } from './numeric-page.ts';
import { type ListView, listView } from './views.ts';

type DbContext = Pick<Context, 'db'>;

interface BatchId {
  readonly projectId: string;
  readonly batchId: string;
}

export async function getBatch(
  context: DbContext,
  { projectId, batchId }: BatchId,
  tx: Tx = context.db.prisma,
): Promise<BatchView | null> {
  const batch = await readBatch(tx, projectId, batchId);
  return batch && batchView(batch);
}

/** Newest first. */
export async function listBatches(
  context: DbContext,
  { projectId, page }: { readonly projectId: string; readonly page: Page },
): Promise<ListView<BatchView>> {
  return listView(await readBatches(context.db.prisma, projectId, page), batchView, ({ id }) => id);
}

/** In the order of the file. Pages start at row numbers, which `first_id` and `last_id` give. */
export async function listRejectedRows(
  context: DbContext,
  { projectId, batchId, page }: BatchId & { readonly page: Page },
): Promise<BatchPage<ReturnType<typeof rejectedRowView>>> {
  const tx = context.db.prisma;
  if (!(await hasBatch(tx, projectId, batchId))) return { kind: 'not_found' };
  const byRow = numericPage(page);
  if ('unknown' in byRow) return { kind: 'unknown_cursor', cursor: byRow.unknown };
  const rows = await readRejectedRows(tx, batchId, byRow);
  return { kind: 'page', list: listView(rows, rejectedRowView, ({ row_no }) => String(row_no)) };
}
