import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '@reelay/db';
import { createTestDatabase, type TestDatabase } from '@reelay/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MIGRATIONS = path.resolve(import.meta.dirname, '../../../prisma/migrations');
const EVENT_LOG = '20261123000013_event_log';

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
  const before = (await readdir(MIGRATIONS)).filter((name) => name < EVENT_LOG);
  for (const name of before) await cp(path.join(MIGRATIONS, name), path.join(folder, name), { recursive: true });
  await migrate(database.url, folder);
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

it('events from before the log take the envelope of those to come, and wait for their numbers', async () => {
  await client.query("INSERT INTO projects (id, name) VALUES ('p', 'p')");
  await client.query(
    `INSERT INTO events (id, project_id, type, subject_id, body, created_at)
     VALUES ('e', 'p', 'batch.paused', 'b', '{"batch_id":"b"}', '2026-01-01T00:00:00.120Z')`,
  );

  expect(await migrate(database.url, MIGRATIONS)).toContain(EVENT_LOG);

  const { rows } = await client.query('SELECT body, seq, last_seq FROM events JOIN event_heads USING (project_id)');
  const body =
    '{"id":"e","type":"batch.paused","timestamp":"2026-01-01T00:00:00.120Z","project_id":"p","data":{"batch_id":"b"}}';
  expect(rows).toEqual([{ body, seq: null, last_seq: '0' }]);
});
