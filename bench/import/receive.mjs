// Receives the file as the API would.
import { createReadStream } from 'node:fs';
import { connectDb } from '@reelay/db';
import { createProject, receiveUpload } from '@reelay/engine';
import { answer, timed } from './answer.mjs';
import { benchContext } from './bench-context.mjs';

const OPTIONS = { start: 'confirm', mode: 'strict', onUnknown: 'review' };

answer(async ({ url, csv }) => {
  const db = connectDb({ url, maxConnections: 4, applicationName: 'bench' });
  const context = benchContext(db);
  const projectId = await createProject(context, { name: 'bench' });
  const source = createReadStream(csv);
  const receiveMs = await timed(() => receiveUpload(context, { projectId, format: 'csv', options: OPTIONS, source }));
  await db.close();
  return { uploadId: context.imports[0], receiveMs };
});
