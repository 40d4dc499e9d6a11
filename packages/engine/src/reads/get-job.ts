/** Jobs of a project, one or by the page. Another project's job is not found, like one that never was. */
import type { JobStatus } from '@reelay/core';
import { hasBatch, type JobFilter, type Page, readBatchJobs, readJob, readJobs, readRowNo, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { type JobView, jobView } from './job-view.ts';
import { type ListView, listView } from './views.ts';

type DbContext = Pick<Context, 'db'>;

export async function getJob(
  context: DbContext,
  { projectId, jobId }: { readonly projectId: string; readonly jobId: string },
  tx: Tx = context.db.prisma,
): Promise<JobView | null> {
  const job = await readJob(tx, projectId, jobId);
  return job && jobView(job);
}

export interface JobQuery extends JobFilter {
  readonly projectId: string;
  readonly batchId?: string;
  readonly statuses?: readonly JobStatus[];
  readonly page: Page;
}

/** Newest first. */
export async function listJobs(context: DbContext, query: JobQuery): Promise<ListView<JobView>> {
  const { projectId, page, ...filter } = query;
  return listView(await readJobs(context.db.prisma, projectId, filter, page), jobView, ({ id }) => id);
}

export type BatchPage<Item> =
  | { readonly kind: 'page'; readonly list: ListView<Item> }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unknown_cursor'; readonly cursor: 'after' | 'before' };

/** In the order of the file or the inline rows. */
export async function listBatchJobs(
  context: DbContext,
  query: JobQuery & { readonly batchId: string },
): Promise<BatchPage<JobView>> {
  const { projectId, batchId, page, ...filter } = query;
  const tx = context.db.prisma;
  if (!(await hasBatch(tx, projectId, batchId))) return { kind: 'not_found' };
  const byRow: { limit: number; after?: bigint; before?: bigint } = { limit: page.limit };
  for (const cursor of ['after', 'before'] as const) {
    const jobId = page[cursor];
    if (jobId === undefined) continue;
    const rowNo = await readRowNo(tx, batchId, jobId);
    if (rowNo === null) return { kind: 'unknown_cursor', cursor };
    byRow[cursor] = rowNo;
  }
  const rows = await readBatchJobs(tx, projectId, batchId, filter, byRow);
  return { kind: 'page', list: listView(rows, jobView, ({ id }) => id) };
}
