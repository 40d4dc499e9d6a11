/** Reading the ledger of a project, newest entry first. */
import type { Tx } from '../client.ts';
import { type LedgerEntry, Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export interface LedgerFilter {
  readonly batchId?: string;
  readonly jobId?: string;
}

export async function readLedger(
  tx: Tx,
  projectId: string,
  filter: LedgerFilter,
  page: Page<bigint>,
): Promise<PageOf<LedgerEntry>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`id`, 'descending');
  const all = [Prisma.sql`project_id = ${projectId}`, ...conditions];
  if (filter.batchId !== undefined) all.push(Prisma.sql`batch_id = ${filter.batchId}`);
  if (filter.jobId !== undefined) all.push(Prisma.sql`job_id = ${filter.jobId}`);
  const rows = await tx.$queryRaw<LedgerEntry[]>`
    SELECT * FROM ledger_entries WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  return pageOf(rows, page);
}
