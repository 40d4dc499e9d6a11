import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { CliError, interrupted } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { ApiClient, Query } from '../http/api-client.ts';

export interface Download {
  readonly path: string;
  readonly query?: Query;
  /** A file, replaced only once everything has arrived; or a stream, which is left open. */
  readonly to: string | NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

export interface Downloaded {
  readonly bytes: number;
  /** What the API said about the batch: false while rows are still to come, null when it said nothing. */
  readonly complete: boolean | null;
}

const SILENCE_MS = 60_000;

export async function download(client: ApiClient, { path: from, query, to, signal }: Download): Promise<Downloaded> {
  const response = await client.open(from, query);
  const said = response.headers.get('x-complete');
  const meter = makeMeter();
  const body = Readable.fromWeb((response.body ?? new ReadableStream()) as NodeReadableStream);
  const limit = AbortSignal.any([signal, meter.signal]);
  try {
    if (typeof to === 'string')
      await writeFileWhole(to, (file) => pipeline(body, meter.count, file, { signal: limit }));
    else await pipeline(body, meter.count, to, { signal: limit, end: false });
  } catch (error) {
    if (signal.aborted) throw interrupted('nothing was written');
    if (isDiskError(error)) throw new CliError(`cannot write ${to}: ${messageOf(error)}`, { exitCode: EXIT.badInput });
    const why = meter.signal.aborted ? `no byte for ${SILENCE_MS / 1000} s` : messageOf(error);
    throw new CliError(`the download broke off: ${why}`, { next: 'run the command again', cause: error });
  } finally {
    meter.stop();
  }
  return { bytes: meter.bytes(), complete: said === null ? null : said === 'true' };
}

/** The file appears under its name only when it is whole. */
async function writeFileWhole(file: string, write: (to: NodeJS.WritableStream) => Promise<void>): Promise<void> {
  const part = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID().slice(0, 8)}.part`);
  try {
    await write(createWriteStream(part, { flags: 'wx', flush: true }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function makeMeter() {
  const controller = new AbortController();
  const silent = () => controller.abort(new Error('silence'));
  let timer = setTimeout(silent, SILENCE_MS);
  let bytes = 0;
  return {
    signal: controller.signal,
    bytes: () => bytes,
    stop: () => clearTimeout(timer),
    count: async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        clearTimeout(timer);
        timer = setTimeout(silent, SILENCE_MS);
        bytes += chunk.byteLength;
        yield chunk;
      }
    },
  };
}

const DISK_ERRORS = ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EROFS', 'ENOSPC', 'EPERM'];

function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DISK_ERRORS.includes(String(error.code));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
