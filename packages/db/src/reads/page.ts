/** Keyset pages: a page starts beside a key, never at an offset, so it costs the same at any depth. */
import { Prisma } from '../generated/client.ts';

export interface Page<Key = string> {
  readonly limit: number;
  /** The page that follows this key in the list's order. */
  readonly after?: Key;
  /** The page that precedes it. */
  readonly before?: Key;
}

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  /** There is more in the direction of the page. */
  readonly hasMore: boolean;
}

type Order = 'ascending' | 'descending';

/** The conditions on `key` and the ordering that a page asks for. One row more than the limit tells whether there is more. */
export function pageClauses(page: Page<string | bigint>, key: Prisma.Sql, order: Order) {
  const [following, preceding] =
    order === 'ascending' ? [Prisma.sql`>`, Prisma.sql`<`] : [Prisma.sql`<`, Prisma.sql`>`];
  const conditions: Prisma.Sql[] = [];
  if (page.after !== undefined) conditions.push(Prisma.sql`${key} ${following} ${page.after}`);
  if (page.before !== undefined) conditions.push(Prisma.sql`${key} ${preceding} ${page.before}`);
  const isAscending = (order === 'ascending') !== readsBackwards(page);
  const direction = isAscending ? Prisma.sql`ASC` : Prisma.sql`DESC`;
  return { conditions, orderAndLimit: Prisma.sql`ORDER BY ${key} ${direction} LIMIT ${page.limit + 1}` };
}

export function pageOf<Row>(rows: readonly Row[], page: Page<string | bigint>): PageOf<Row> {
  const hasMore = rows.length > page.limit;
  const kept = rows.slice(0, page.limit);
  return { rows: readsBackwards(page) ? kept.reverse() : kept, hasMore };
}

function readsBackwards(page: Page<string | bigint>): boolean {
  return page.before !== undefined && page.after === undefined;
}
