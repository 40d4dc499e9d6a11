import multipart from '@fastify/multipart';
import { estimateBatchSchema, estimateOptionsSchema, estimateSchema } from '@reelay/contract';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Door } from '../../app.ts';
import { invalid } from '../../error-map.ts';
import { problems } from '../answers.ts';
import { BODY_BYTES_MAX, estimate } from '../batches/create.ts';
import { openUpload, UPLOAD_TYPES } from '../imports/upload.ts';
import { estimateUpload } from './estimate-upload.ts';

const UPLOAD_TIMEOUT_MS = 3_600_000;

/** Inline rows as JSON with all options in the body, or a file with its options in the query. */
export function estimates(door: Door): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.addContentTypeParser(Object.keys(UPLOAD_TYPES), (_request, _payload, done) => done(null));
    const limits = { files: 1, fields: 0, parts: 1, fileSize: door.uploadBytesMax + 1 };
    await scope.register(multipart, { limits });
    const schema = {
      summary: 'Price rows or a file without storing anything',
      description:
        'The body is JSON as for POST /v1/batches, or a file as for POST /v1/imports with its options in the query: text/csv, application/x-ndjson, or multipart with one field "file".',
      tags: ['batches'],
      querystring: estimateOptionsSchema,
      body: estimateBatchSchema.optional(),
      response: { 200: estimateSchema, ...problems },
    };
    const limited = { schema, bodyLimit: BODY_BYTES_MAX, handlerTimeout: UPLOAD_TIMEOUT_MS };
    scope.post('/v1/estimates', limited, async (request) => {
      if (isJson(request)) refuseQuery(request);
      if (request.body) return estimate(door, request.body);
      if (isJson(request)) throw invalid([NO_ROWS]);
      const upload = await openUpload(request, door);
      try {
        return await estimateUpload(door, upload, request.query);
      } finally {
        await upload.discardRest();
      }
    });
  };
}

const NO_ROWS = { pointer: '/rows', code: 'required', message: 'the body is empty; send rows, or a file' };

function isJson({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.toLowerCase().startsWith('application/json') ?? false;
}

/** An option that would be passed over is refused. */
function refuseQuery({ raw }: FastifyRequest): void {
  const [, query = ''] = (raw.url ?? '').split('?', 2);
  const names = [...new URLSearchParams(query).keys()];
  if (names.length === 0) return;
  const message = 'with rows in the body, options stand in the body too; the query is for files';
  throw invalid(names.map((name) => ({ pointer: `/${name}`, code: 'unknown_field', message })));
}
