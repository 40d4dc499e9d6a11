/** Reading a project's events in the order of their numbers. One without a number is not there yet. */
import type { EventType } from '@reelay/core';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export interface EventReading {
  readonly seq: bigint;
  readonly body: string;
}

export interface EventFilter {
  readonly type?: EventType;
}

export async function readEvents(
  tx: Tx,
  projectId: string,
  filter: EventFilter,
  page: Page<bigint>,
): Promise<PageOf<EventReading>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`seq`, 'ascending');
  const all = [Prisma.sql`project_id = ${projectId}`, Prisma.sql`seq IS NOT NULL`, ...conditions];
  if (filter.type !== undefined) all.push(Prisma.sql`type = ${filter.type}`);
  const rows = await tx.$queryRaw<EventReading[]>`
    SELECT seq, body FROM events WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  return pageOf(rows, page);
}

/** The number with which the log begins; null when it holds nothing. */
export async function readOldestSeq(tx: Tx, projectId: string): Promise<bigint | null> {
  const [row] = await tx.$queryRaw<{ seq: bigint }[]>`
    SELECT seq FROM events WHERE project_id = ${projectId} AND seq IS NOT NULL ORDER BY seq LIMIT 1`;
  return row?.seq ?? null;
}
