import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type {} from '../../packages/testkit/src/provided-context.ts';
import { simulate } from './src/simulate.ts';
import { createVirtualDatabase, type VirtualDatabase } from './src/store/virtual-database.ts';

let database: VirtualDatabase;
beforeAll(async () => {
  database = await createVirtualDatabase(inject('postgresAdminUrl'));
});
afterAll(() => database.close());

/** Columns that hold a time, and how many of their rows are older than the simulated world. */
async function timesBefore(start: string): Promise<string[]> {
  const { rows } = await database.control.query<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
       AND table_name NOT IN ('_prisma_migrations', 'provider_accounts') AND column_name <> 'served_at'`,
  );
  expect(rows.length).toBeGreaterThan(20);
  const early: string[] = [];
  for (const { table, column } of rows) {
    const { rowCount } = await database.control.query(`SELECT 1 FROM ${table} WHERE ${column} < $1`, [start]);
    if (rowCount) early.push(`${table}.${column}`);
  }
  return early;
}

it("every time that a seed stores is virtual, whoever's clock and default it comes from", {
  timeout: 180_000,
}, async () => {
  for (const seed of [3, 17, 21]) {
    await simulate(database, seed);
    expect(await timesBefore('2027-01-01T00:00:00Z')).toEqual([]);
  }
});
