import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { Door } from '../../app.ts';
import { invalid } from '../../error-map.ts';
import { ProblemError } from '../../problem-error.ts';

export type UploadFormat = 'csv' | 'ndjson';

/** A file on its way in. Its bytes can be left unread: then they have to be discarded. */
export interface Upload {
  readonly format: UploadFormat;
  readonly source: AsyncIterable<Uint8Array>;
  discardRest(): Promise<void>;
}

export const UPLOAD_TYPES: Readonly<Record<string, UploadFormat>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};
const EXTENSIONS: Readonly<Record<string, UploadFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

export async function openUpload(request: FastifyRequest, { uploadBytesMax }: Door): Promise<Upload> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ProblemError('unsupported_media_type', `send the file as it is, not with Content-Encoding: ${encoding}`);
  }
  if (Number(request.headers['content-length']) > uploadBytesMax + MULTIPART_ROOM) throw tooLarge(uploadBytesMax);
  if (request.isMultipart()) return openPart(request);
  const format = UPLOAD_TYPES[mediaTypeOf(request.headers['content-type'])];
  if (!format) throw wrongType();
  return uploadOf(request.raw, format, request);
}

/** Boundaries and part headers around the file. */
const MULTIPART_ROOM = 16_384;

export function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError('too_large', `the file is larger than ${bytesMax} bytes; split it`);
}

async function openPart(request: FastifyRequest): Promise<Upload> {
  const parts = request.parts();
  const { value: part } = await parts.next().catch(noBoundary);
  if (part?.type !== 'file' || part.fieldname !== 'file') {
    if (part?.type === 'file') part.file.resume();
    throw onlyOneField(part?.fieldname ?? 'file');
  }
  const extension = part.filename.split('.').at(-1)?.toLowerCase() ?? '';
  const format = UPLOAD_TYPES[mediaTypeOf(part.mimetype)] ?? EXTENSIONS[extension];
  if (!format) {
    part.file.resume();
    throw wrongType();
  }
  const upload = uploadOf(part.file, format, request);
  return { ...upload, source: alone(upload.source, parts) };
}

/** The file, and the certainty that nothing came with it: a second one would be lost without a word. */
async function* alone(file: Upload['source'], parts: AsyncIterator<unknown>): AsyncGenerator<Uint8Array> {
  yield* file;
  const { done } = await parts.next();
  if (done !== true) throw onlyOneField('file');
}

function onlyOneField(name: string): ProblemError {
  const message = 'send exactly one multipart field, "file"; options go into the query';
  return invalid([{ pointer: `/${name}`, code: 'unknown_field', message }]);
}

/** The parser says this without a code. */
function noBoundary(error: unknown): never {
  if (error instanceof Error && /boundary/i.test(error.message)) {
    throw new ProblemError('bad_request', 'the multipart body cannot be read: its Content-Type names no boundary');
  }
  throw error;
}

const DISCARD_MAX_MS = 10_000;

/**
 * Reading stops without destroying the stream, or the client could not be answered any more. A reader that stopped
 * half-way has not always said so, and a stream that still has a reader does not flow: discarding ends both.
 */
function uploadOf(stream: Readable, format: UploadFormat, { raw }: FastifyRequest): Upload {
  const chunks = stream.iterator({ destroyOnReturn: false });
  const giveUp = () => {
    if (!raw.complete) raw.destroy();
  };
  return {
    format,
    source: { [Symbol.asyncIterator]: () => chunks },
    discardRest: async () => {
      await chunks.return?.();
      stream.resume();
      if (!raw.complete) setTimeout(giveUp, DISCARD_MAX_MS).unref();
    },
  };
}

function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function wrongType(): ProblemError {
  return new ProblemError(
    'unsupported_media_type',
    'send the file as text/csv or application/x-ndjson, or as the multipart field "file" with such a type or name',
  );
}
