// Tokenises the file, then copies the rows of an earlier import, in the form that COPY wrote them, into a table like jobs.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { connectDb } from '@reelay/db';
import { parse } from 'csv-parse';
import { from as copyFrom } from 'pg-copy-streams';
import { answer, timed } from './answer.mjs';

answer(async ({ url, csv, copyFile, rows }) => {
  const db = connectDb({ url, maxConnections: 2, applicationName: 'bench', statementTimeoutMs: 600_000 });
  await db.pool.query('CREATE TABLE bench_jobs (LIKE jobs INCLUDING ALL)');
  const tokeniseMs = await timed(() => tokenise(csv, rows));
  const client = await db.pool.connect();
  const copyMs = await timed(() =>
    pipeline(createReadStream(copyFile), client.query(copyFrom('COPY bench_jobs FROM STDIN'))),
  );
  client.release();
  await db.close();
  return { tokeniseMs, copyMs };
});

async function tokenise(csv, rows) {
  let count = -1;
  for await (const _ of createReadStream(csv).pipe(parse())) count += 1;
  if (count !== rows) throw new Error(`${count} rows instead of ${rows}`);
}
