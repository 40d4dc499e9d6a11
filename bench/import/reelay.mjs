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
  const parents = saveRows ? await saveCopy(db, saveRows) : undefined;
  await db.close();
  return { importMs, parents };
});

// In the form that COPY reads, for the baseline. Returns what all the rows refer to.
async function saveCopy(db, file) {
  const client = await db.pool.connect();
  await pipeline(client.query(copyTo('COPY jobs TO STDOUT')), createWriteStream(file));
  client.release();
  const { rows } = await db.pool.query('SELECT project_id, batch_id, lane_id, model FROM jobs LIMIT 1');
  const [{ project_id: projectId, batch_id: batchId, lane_id: laneId, model }] = rows;
  return { projectId, batchId, laneId, model };
}
