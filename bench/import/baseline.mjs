// Tokenises the file, then copies the rows of an earlier import, in the form that COPY wrote them, into a table that is
// like jobs in its columns, checks, indexes and foreign keys.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { connectDb } from '@reelay/db';
import { parse } from 'csv-parse';
import { from as copyFrom } from 'pg-copy-streams';
import { answer, timed } from './answer.mjs';

answer(async ({ url, csv, copyFile, parents, rows }) => {
  const db = connectDb({ url, maxConnections: 2, applicationName: 'bench', statementTimeoutMs: 600_000 });
  await makeTable(db, parents);
  const tokeniseMs = await timed(() => tokenise(csv, rows));
  const client = await db.pool.connect();
  const copyMs = await timed(() =>
    pipeline(createReadStream(copyFile), client.query(copyFrom('COPY bench_jobs FROM STDIN'))),
  );
  client.release();
  await db.close();
  return { tokeniseMs, copyMs };
});

async function makeTable(db, { projectId, batchId, laneId, model }) {
  await db.pool.query('INSERT INTO projects (id, name) VALUES ($1, $1)', [projectId]);
  await db.pool.query(
    "INSERT INTO batches (id, project_id, model, state, max_attempts) VALUES ($1, $2, $3, 'in_progress', 3)",
    [batchId, projectId, model],
  );
  await db.pool.query('INSERT INTO lanes (id, project_id, batch_id) VALUES ($1, $2, $3)', [laneId, projectId, batchId]);
  await db.pool.query('CREATE TABLE bench_jobs (LIKE jobs INCLUDING ALL)');
  const { rows } = await db.pool.query(
    "SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = 'jobs'::regclass AND contype = 'f'",
  );
  for (const { definition } of rows) await db.pool.query(`ALTER TABLE bench_jobs ADD ${definition}`);
}

async function tokenise(csv, rows) {
  let count = -1;
  for await (const _ of createReadStream(csv).pipe(parse())) count += 1;
  if (count !== rows) throw new Error(`${count} rows instead of ${rows}`);
}
