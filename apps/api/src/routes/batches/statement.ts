import { statementQuerySchema, statementSchema } from '@reelay/contract';
import { exportStatement } from '@reelay/engine';
import { z } from 'zod';
import type { App, Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { idOf, idParams, problems } from '../answers.ts';
import { streamOf } from '../stream-of.ts';

const STREAM_TIMEOUT_MS = 3_600_000;
const CONTENT_TYPES = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
} as const;
/** The page brings its own style and nothing else. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** What streams is not checked on its way; this is for the document. */
const text = z.unknown().meta({ type: 'string' });
const statement = {
  description: 'The statement, streamed. The header X-Complete says whether every cost is known.',
  content: {
    'application/json': { schema: statementSchema },
    'text/csv': { schema: text },
    'text/html': { schema: text },
  },
};

export function getBatchStatement(app: App, { context }: Door): void {
  const schema = {
    summary: 'What a batch cost, row by row, as JSON, CSV or a page to be printed',
    tags: ['money'],
    params: idParams,
    querystring: statementQuerySchema,
    response: { 200: statement, ...problems },
  };
  app.get('/v1/batches/:id/statement', { schema, handlerTimeout: STREAM_TIMEOUT_MS }, async (request, reply) => {
    const { format } = request.query;
    const batchId = idOf('batch', request.params);
    const written = await exportStatement(context, { projectId: request.caller.projectId, batchId, format });
    if (!written) throw notFound('batch');
    const stream = await streamOf(written.lines);
    reply.type(CONTENT_TYPES[format]).header('x-complete', String(written.complete));
    if (format === 'html') reply.header('content-security-policy', PAGE_POLICY);
    else reply.header('content-disposition', `attachment; filename="${batchId}-statement.${format}"`);
    return reply.send(stream);
  });
}
