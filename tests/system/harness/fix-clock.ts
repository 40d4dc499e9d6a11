import type { TestDatabase } from '@reelay/testkit';
import pg from 'pg';

/**
 * From the next connection on the database's clock runs as if it were ten past: no test that counts in hours meets the end
 * of one.
 */
export async function startHourAnew(database: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ shift: string; name: string }>(
      `SELECT (date_trunc('hour', now()) + interval '10 minutes' - now())::text AS shift, current_database() AS name`,
    );
    const [{ shift, name } = { shift: '', name: '' }] = rows;
    await client.query(`CREATE SCHEMA shifted`);
    await client.query(`CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS $$ SELECT pg_catalog.clock_timestamp() + interval '${shift}' $$`);
    await client.query(`ALTER DATABASE ${name} SET search_path = shifted, pg_catalog, public`);
  } finally {
    await client.end();
  }
}
