import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '@reelay/db';
import { createTestDatabase, type TestDatabase } from '@reelay/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MIGRATIONS = path.resolve(import.meta.dirname, '../../../prisma/migrations');
const FIRST = ['20261123000001_tables', '20261123000002_invariants'];

let database: TestDatabase;
let client: pg.Client;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('DROP SCHEMA public CASCADE');
  await client.query('CREATE SCHEMA public');
  folder = await mkdtemp(path.join(tmpdir(), 'reelay-migrations-'));
  for (const name of FIRST) await cp(path.join(MIGRATIONS, name), path.join(folder, name), { recursive: true });
  await migrate(database.url, folder);
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** A job in review with an attempt in this state, as the first schema kept it. */
async function jobInReview(id: string, states: readonly string[]): Promise<void> {
  await client.query(
    `INSERT INTO jobs (id, project_id, lane_id, model, input, status, max_attempts, estimated_nano_usd, price_version)
     VALUES ($1, 'p', 'p', 'm', '{}', 'needs_review', 3, 80, 'v')`,
    [id],
  );
  await client.query(
    `INSERT INTO attempts (id, job_id, project_id, lane_id, run, n, model, seed, reserved_nano_usd, price_version)
     VALUES ($1, $1, 'p', 'p', 1, 1, 'm', 1, 80, 'v')`,
    [id],
  );
  await client.query(
    `INSERT INTO ledger_entries (project_id, job_id, attempt_id, kind, amount_nano_usd, basis)
     VALUES ('p', $1, $1, 'reserve', 80, 'price_rule')`,
    [id],
  );
  for (const state of states) {
    await client.query(
      `UPDATE attempts SET state = $2, owner = 'o', sending_at = now(), send_deadline_at = '2026-01-01T00:00:00Z' WHERE id = $1`,
      [id, state],
    );
  }
}

it('a database from before takes every later migration, and what was unknown then is looked for again, at fal and on its bill', async () => {
  await client.query("INSERT INTO projects (id, name) VALUES ('p', 'p')");
  await client.query("INSERT INTO lanes (id, project_id) VALUES ('p', 'p')");
  await jobInReview('unknown', ['sending', 'unknown']);
  await jobInReview('lost', ['sending', 'unknown', 'lost']);

  const applied = await migrate(database.url, MIGRATIONS);

  expect(applied).not.toEqual(expect.arrayContaining(FIRST));
  expect(applied.length).toBeGreaterThan(0);
  const { rows } = await client.query(
    `SELECT a.id, unknown_at, next_check_at IS NOT NULL AS looked_for, lost_by, review_at IS NOT NULL AS waits
     FROM attempts a JOIN jobs j ON j.id = a.job_id ORDER BY a.id`,
  );
  expect(rows).toMatchObject([
    { id: 'lost', lost_by: 'person', waits: true },
    { id: 'unknown', unknown_at: new Date('2026-01-01T00:00:00Z'), looked_for: true, lost_by: null, waits: true },
  ]);
  const bills = await client.query('SELECT attempt_id, request_id, closed_at FROM bills ORDER BY attempt_id');
  expect(bills.rows).toEqual([
    { attempt_id: 'lost', request_id: null, closed_at: null },
    { attempt_id: 'unknown', request_id: null, closed_at: null },
  ]);
});
