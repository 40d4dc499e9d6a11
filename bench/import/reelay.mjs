// Imports a received file as a worker would, and does nothing else.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { connectDb } from '@reelay/db';
import { importRows } from '@reelay/engine';
import { to as copyTo } from 'pg-copy-streams';
import { answer, timed } from './answer.mjs';
import { benchContext } from './bench-context.mjs';

answer(async ({ url, uploadId, rows, saveRows }) => {
  const db = connectDb({ url, maxConnections: 4, applicationName: 'bench' });
  let report;
  const importMs = await timed(async () => {
    report = await importRows(benchContext(db), uploadId);
  });
  if (report.jobs !== rows || report.rejected !== 0) {
    throw new Error(`not every row became a job: ${JSON.stringify(report)}`);
  }
  if (saveRows) await saveCopy(db, saveRows);
  await db.close();
  return { importMs };
});

// In the form that COPY reads, for the baseline.
async function saveCopy(db, file) {
  const client = await db.pool.connect();
  await pipeline(client.query(copyTo('COPY jobs TO STDOUT')), createWriteStream(file));
  client.release();
}
