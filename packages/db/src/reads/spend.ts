/** What a project spent, summed from the ledger's own entries. */
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export type SpendGrouping = 'day' | 'batch' | 'model' | 'key' | 'tag';

export interface SpendFilter {
  readonly batchId?: string;
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

export interface SpendRow {
  /** Empty for what has none: single jobs have no batch, some jobs no tag. */
  readonly name: string;
  readonly jobs: number;
  readonly attempts: number;
  readonly reserved_nano_usd: bigint;
  readonly charged_nano_usd: bigint;
}

/** A job with several tags counts in each of them, so tags do not sum to the whole. */
const GROUPS: Readonly<Record<SpendGrouping, Prisma.Sql>> = {
  day: Prisma.sql`to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  batch: Prisma.sql`coalesce(e.batch_id, '')`,
  model: Prisma.sql`a.model`,
  key: Prisma.sql`coalesce(a.api_key_id, '')`,
  tag: Prisma.sql`coalesce(tag.key || '=' || tag.value, '')`,
};

const TAGS = Prisma.sql`
  JOIN jobs j ON j.id = e.job_id LEFT JOIN LATERAL jsonb_each_text(j.metadata) AS tag(key, value) ON true`;

/** In the order of the groups' names. */
export async function readSpend(
  tx: Tx,
  projectId: string,
  by: SpendGrouping,
  filter: SpendFilter,
  page: Page,
): Promise<PageOf<SpendRow>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`name COLLATE "C"`, 'ascending');
  const all = [Prisma.sql`e.project_id = ${projectId}`];
  if (filter.batchId !== undefined) all.push(Prisma.sql`e.batch_id = ${filter.batchId}`);
  if (filter.from !== undefined) all.push(Prisma.sql`e.created_at >= ${filter.from}`);
  if (filter.to !== undefined) all.push(Prisma.sql`e.created_at < ${filter.to}`);
  const rows = await tx.$queryRaw<SpendRow[]>`
    SELECT * FROM (
      SELECT ${GROUPS[by]} AS name, count(DISTINCT e.job_id)::int AS jobs, count(DISTINCT e.attempt_id)::int AS attempts,
        coalesce(sum(CASE e.kind WHEN 'reserve' THEN e.amount_nano_usd WHEN 'release' THEN -e.amount_nano_usd END), 0)::bigint
          AS reserved_nano_usd,
        coalesce(sum(e.amount_nano_usd) FILTER (WHERE e.kind NOT IN ('reserve', 'release')), 0)::bigint AS charged_nano_usd
      FROM ledger_entries e JOIN attempts a ON a.id = e.attempt_id ${by === 'tag' ? TAGS : Prisma.empty}
      WHERE ${Prisma.join(all, ' AND ')}
      GROUP BY 1
    ) AS grouped
    ${conditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}` : Prisma.empty} ${orderAndLimit}`;
  return pageOf(rows, page);
}
