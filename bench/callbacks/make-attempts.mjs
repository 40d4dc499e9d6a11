// Attempts that wait for fal, made as the product makes them, with the path at which each is called back.
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectDb, setInFlightMax } from '@reelay/db';
import { createProject, dispatch, importRows, receiveUpload } from '@reelay/engine';
import { createFal } from '@reelay/fal';
import { SECRET } from '../common/secret.mjs';
import { benchContext } from '../import/bench-context.mjs';
import { writeCsv } from '../import/write-csv.mjs';

const EXAMPLE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../examples/loveu-tgve-2023.csv');
const OPTIONS = { start: 'auto', mode: 'strict', onUnknown: 'review' };
const NOWHERE = 'http://127.0.0.1:9';

export async function makeAttempts(url, { csv, count }) {
  const db = connectDb({ url, maxConnections: 4, applicationName: 'bench', statementTimeoutMs: 60_000 });
  const fal = createFal({
    credentials: 'bench',
    queueUrl: NOWHERE,
    jwksUrl: NOWHERE,
    platformUrl: null,
    timeouts: { submitMs: 1_000, readMs: 1_000 },
    webhookSecret: SECRET,
    publicUrl: 'https://reelay.example.com',
    webhookUserId: null,
  });
  const context = { ...benchContext(db), fal };
  writeCsv(EXAMPLE, csv, count);
  const projectId = await createProject(context, { name: 'bench' });
  await receiveUpload(context, { projectId, format: 'csv', options: OPTIONS, source: createReadStream(csv) });
  await importRows(context, context.imports[0]);
  await setInFlightMax(db, 10_000);
  let attempts = [];
  while (attempts.length < count) {
    await dispatch(context);
    const found = await db.pool.query('SELECT id FROM attempts ORDER BY id');
    if (found.rows.length === attempts.length) throw new Error(`only ${attempts.length} attempts were made`);
    attempts = found.rows;
  }
  await fal.close();
  await db.close();
  return attempts.map(({ id }) => ({ id, path: new URL(fal.webhookUrl(id)).pathname }));
}
