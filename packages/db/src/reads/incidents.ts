/** Reading incidents, newest first: a project's own, or those of the deployment, which are about no project. */
import type { Tx } from '../client.ts';
import { type Incident, Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export type IncidentRow = Incident;

/** Null: those of no project. */
export async function readIncidents(tx: Tx, projectId: string | null, page: Page): Promise<PageOf<IncidentRow>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`id`, 'descending');
  const all = [
    projectId === null ? Prisma.sql`project_id IS NULL` : Prisma.sql`project_id = ${projectId}`,
    ...conditions,
  ];
  const rows = await tx.$queryRaw<IncidentRow[]>`
    SELECT * FROM incidents WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  return pageOf(rows, page);
}
