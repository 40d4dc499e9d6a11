import { exportLedgerQuerySchema, ledgerListSchema, listLedgerQuerySchema } from '@reelay/contract';
import { exportLedger, listLedger } from '@reelay/engine';
import { z } from 'zod';
import type { App, Door } from '../app.ts';
import { unknownCursor } from '../error-map.ts';
import { given, problems } from './answers.ts';
import { pageOf } from './page.ts';
import { streamOf } from './stream-of.ts';

export function getLedger(app: App, { context }: Door): void {
  const schema = {
    summary: 'List what was reserved, released and charged, newest first',
    tags: ['money'],
    querystring: listLedgerQuerySchema,
    response: { 200: ledgerListSchema, ...problems },
  };
  app.get('/v1/ledger', { schema }, async ({ caller, query }) => {
    const filter = given({ batchId: query.batch_id, jobId: query.job_id });
    const page = await listLedger(context, { projectId: caller.projectId, page: pageOf(query), ...filter });
    if (page.kind === 'unknown_cursor') throw unknownCursor(page.cursor);
    return page.list;
  });
}

const STREAM_TIMEOUT_MS = 3_600_000;
/** What streams is not checked on its way; this is for the document. */
const csvFile = {
  description: 'A CSV file, streamed, oldest entry first',
  content: { 'text/csv': { schema: z.unknown().meta({ type: 'string' }) } },
};

export function getLedgerCsv(app: App, { context }: Door): void {
  const schema = {
    summary: 'The whole ledger as a CSV file, oldest entry first',
    tags: ['money'],
    querystring: exportLedgerQuerySchema,
    response: { 200: csvFile, ...problems },
  };
  app.get('/v1/ledger.csv', { schema, handlerTimeout: STREAM_TIMEOUT_MS }, async ({ caller, query }, reply) => {
    const filter = given({ batchId: query.batch_id, jobId: query.job_id });
    const stream = await streamOf(exportLedger(context, { projectId: caller.projectId, ...filter }));
    reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="ledger.csv"');
    return reply.send(stream);
  });
}
