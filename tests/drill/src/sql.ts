import type { Db } from '@reelay/db';

/** A query of the drill's own: its text is all ours, values go in as parameters. */
export function sql<Row>(db: Db, text: string, ...values: unknown[]): Promise<Row[]> {
  return db.prisma.$queryRawUnsafe<Row[]>(text, ...values);
}

/** The one column of a query that looks for offenders. */
export async function offendersOf(db: Db, text: string, ...values: unknown[]): Promise<string[]> {
  const rows = await sql<{ offender: string }>(db, text, ...values);
  return rows.map(({ offender }) => offender);
}
