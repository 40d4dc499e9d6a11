import { resultsQuerySchema } from '@reelay/contract';
import { exportErrors, exportResults } from '@reelay/engine';
import { z } from 'zod';
import type { App, Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { given, idOf, idParams, problems } from '../answers.ts';
import { streamOf } from '../stream-of.ts';

/** What streams is not checked on its way; this is for the document. */
const file = z.unknown().meta({ type: 'string' });
const csvFile = { description: 'A CSV file, streamed', content: { 'text/csv': { schema: file } } };
const resultsFile = {
  description: 'The file, streamed. The header X-Complete says whether all rows have their outcome.',
  content: { 'text/csv': { schema: file }, 'application/x-ndjson': { schema: file } },
};

const STREAM_TIMEOUT_MS = 3_600_000;
const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8' } as const;

/** Written while it is read, at the reader's pace; X-Complete says whether more may come. */
export function getBatchResults(app: App, { context }: Door): void {
  const schema = {
    summary: 'Stream input and output of every row, also while the batch runs',
    tags: ['batches'],
    params: idParams,
    querystring: resultsQuerySchema,
    response: { 200: resultsFile, ...problems },
  };
  app.get('/v1/batches/:id/results', { schema, handlerTimeout: STREAM_TIMEOUT_MS }, async (request, reply) => {
    const { format, status } = request.query;
    const batchId = idOf('batch', request.params);
    const { projectId } = request.caller;
    const results = await exportResults(context, { projectId, batchId, format, ...given({ statuses: status }) });
    if (!results) throw notFound('batch');
    const stream = await streamOf(results.lines);
    reply
      .type(CONTENT_TYPES[format])
      .headers({ 'x-complete': String(results.complete), ...downloadAs(`${batchId}.${format}`) });
    return reply.send(stream);
  });
}

export function getBatchErrorsCsv(app: App, { context }: Door): void {
  const schema = {
    summary: 'The rejected rows as a CSV file that can be corrected and uploaded again',
    tags: ['batches'],
    params: idParams,
    response: { 200: csvFile, ...problems },
  };
  app.get('/v1/batches/:id/errors.csv', { schema, handlerTimeout: STREAM_TIMEOUT_MS }, async (request, reply) => {
    const batchId = idOf('batch', request.params);
    const rejected = await exportErrors(context, { projectId: request.caller.projectId, batchId });
    if (!rejected) throw notFound('batch');
    const stream = await streamOf(rejected.lines);
    reply.type(CONTENT_TYPES.csv).headers(downloadAs(`${batchId}-errors.csv`));
    return reply.send(stream);
  });
}

function downloadAs(name: string) {
  return { 'content-disposition': `attachment; filename="${name}"` };
}
