import multipart from '@fastify/multipart';
import { batchSchema, estimateSchema, type ImportOptions, importOptionsSchema } from '@reelay/contract';
import { type BatchView, type Caller, getBatch, receiveUpload } from '@reelay/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Door } from '../../app.ts';
import { refusedFile } from '../../error-map.ts';
import { idempotentWrite } from '../../idempotency.ts';
import { problems } from '../answers.ts';
import { estimateUpload } from '../estimates/estimate-upload.ts';
import { uploadTermsOf } from '../terms.ts';
import { importOnce, type SealUpload } from './import-once.ts';
import { openUpload, UPLOAD_TYPES, type Upload } from './upload.ts';

const UPLOAD_TIMEOUT_MS = 3_600_000;

/** The body is read by the verb that stores it, chunk by chunk, and never held. */
export function imports(door: Door): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(Object.keys(UPLOAD_TYPES), (_request, _payload, done) => done(null));
    const limits = { files: 1, fields: 0, parts: 1, fileSize: door.uploadBytesMax + 1 };
    await scope.register(multipart, { limits });
    const schema = {
      summary: 'Submit a batch as a file',
      description: 'The body is text/csv or application/x-ndjson, or multipart with one field "file".',
      tags: ['batches'],
      headers: idempotentWrite,
      querystring: importOptionsSchema,
      response: { 200: estimateSchema.describe('With dry_run'), 202: batchSchema, ...problems },
    };
    scope.post('/v1/imports', { schema, handlerTimeout: UPLOAD_TIMEOUT_MS }, async (request, reply) => {
      const upload = await openUpload(request, door);
      try {
        const options = request.query;
        if (options.dry_run) return await estimateUpload(door, upload, options);
        return await importFile(door, request, reply, { upload, options });
      } finally {
        await upload.discardRest();
      }
    });
  };
}

function importFile(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { upload, options }: { readonly upload: Upload; readonly options: ImportOptions },
): Promise<BatchView> {
  const run = (source: Upload['source'], seal: SealUpload) =>
    receive(door, { caller: request.caller, upload, options, source, seal });
  return importOnce(door, request, reply, { upload, run });
}

interface Received {
  readonly caller: Caller;
  readonly upload: Upload;
  readonly options: ImportOptions;
  readonly source: Upload['source'];
  readonly seal: SealUpload;
}

async function receive(door: Door, received: Received): Promise<BatchView> {
  const { context, uploadBytesMax } = door;
  const { upload, options, source, seal } = received;
  const { projectId, keyId: apiKeyId } = received.caller;
  let answer: BatchView | null = null as BatchView | null;
  const outcome = await receiveUpload(context, {
    projectId,
    apiKeyId,
    format: upload.format,
    options: uploadTermsOf(door, options),
    source,
    maxBytes: uploadBytesMax,
    beforeCommit: async (tx, sha256, batchId) => {
      answer = await getBatch(context, { projectId, batchId }, tx);
      if (answer) await seal(tx, sha256, answer);
      return 'commit';
    },
  });
  if (outcome.kind === 'refused') throw refusedFile(outcome.problem);
  if (!answer) throw new Error('the batch of an upload was not readable in its own transaction');
  return answer;
}
