import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { CliError, interrupted } from '../cli-error.ts';
import { COMMAND } from '../command-name.ts';
import { EXIT } from '../exit-codes.ts';
import type { ApiClient } from '../http/api-client.ts';

export const FILE_FORMATS = ['csv', 'ndjson'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export interface FileUpload {
  /** The call that takes the file. */
  readonly path: '/v1/imports' | '/v1/estimates';
  readonly file: string;
  readonly format?: FileFormat | undefined;
  readonly query: URLSearchParams;
  /** Sent always: with it, running the same command again after a lost answer cannot start a second batch. */
  readonly idempotencyKey?: string | undefined;
  readonly signal: AbortSignal;
  readonly onBytes?: (sent: number, total: number) => void;
}

const CONTENT_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
const EXTENSIONS: Readonly<Record<string, FileFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};
const STALL_MS = 60_000;

/** Streams a file to the API. The file is never held in memory, so its size is the server's business. */
export async function uploadFile<Answer>(client: ApiClient, upload: FileUpload): Promise<Answer> {
  const format = upload.format ?? formatOf(upload.file);
  const total = await readableSize(upload.file);
  const key = upload.idempotencyKey ?? randomUUID();
  const stall = makeStallTimer();
  const headers = {
    'content-type': CONTENT_TYPES[format],
    'content-length': String(total),
    'idempotency-key': key,
  };
  const body = streamOf(upload, total, stall.touch);
  try {
    return await client.upload<Answer>(upload.path, upload.query, { body, headers, signal: stall.signal });
  } catch (error) {
    throw explain(error, upload, key);
  } finally {
    stall.stop();
  }
}

function formatOf(file: string): FileFormat {
  const extension = path.extname(file).toLowerCase();
  const format = EXTENSIONS[extension];
  if (format) return format;
  throw new CliError(`cannot tell the format of ${file} from its name`, {
    exitCode: EXIT.badInput,
    next: 'add --format csv or --format ndjson',
  });
}

/** Throws when there is nothing to send. */
export async function checkFile(file: string): Promise<void> {
  formatOf(file);
  await readableSize(file);
}

async function readableSize(file: string): Promise<number> {
  try {
    await access(file, constants.R_OK);
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw unreadable(file, error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
  throw unreadable(file, 'not a regular file');
}

function unreadable(file: string, why: string): CliError {
  const reason = why === 'ENOENT' ? 'no such file' : why === 'EACCES' ? 'permission denied' : why;
  return new CliError(`cannot read ${file}: ${reason}`, { exitCode: EXIT.badInput, next: 'check the path' });
}

/** As many bytes as the file had when it was looked at: its length is told before. */
function streamOf({ file, onBytes }: FileUpload, total: number, touch: () => void): Readable {
  async function* metered(source: AsyncIterable<Buffer>) {
    let sent = 0;
    for await (const chunk of source) {
      touch();
      sent += chunk.byteLength;
      onBytes?.(sent, total);
      yield chunk;
    }
  }
  return Readable.from(metered(createReadStream(file, { end: Math.max(0, total - 1) })), { objectMode: false });
}

/** Aborts when neither the file nor the API has moved for a while. */
function makeStallTimer(): { signal: AbortSignal; touch(): void; stop(): void } {
  const controller = new AbortController();
  const stalled = () => controller.abort(new Error(`nothing moved for ${STALL_MS / 1000} s`));
  let timer = setTimeout(stalled, STALL_MS);
  return {
    signal: controller.signal,
    touch: () => {
      clearTimeout(timer);
      timer = setTimeout(stalled, STALL_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

function explain(error: unknown, upload: FileUpload, key: string): unknown {
  if (upload.signal.aborted) {
    return interrupted(`the upload was not finished; "${COMMAND} batch list" shows whether a batch was made`);
  }
  if (!(error instanceof CliError) || error.exitCode !== EXIT.unreachable) return error;
  return new CliError(`${error.message} (while sending ${upload.file})`, {
    exitCode: error.exitCode,
    next: `run the same command with --idempotency-key ${key}: if the file did arrive, no second batch is made`,
    cause: error,
  });
}
