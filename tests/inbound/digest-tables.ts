import type { Db } from '@reelay/db';

/** One digest for each table that holds a row, over all rows whatever their order. */
export async function digestTables(db: Db): Promise<Record<string, string>> {
  const { rows: tables } = await db.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const digests: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await db.pool.query<{ rows: string; digest: string | null }>(
      `SELECT count(*) AS rows, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS digest FROM "${name}" t`,
    );
    for (const { rows: count, digest } of rows) if (digest !== null) digests[name] = `${count} ${digest}`;
  }
  return digests;
}
