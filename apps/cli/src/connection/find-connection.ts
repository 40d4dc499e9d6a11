import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import { EXIT } from '../exit-codes.ts';

/** Where the local stack leaves its address and key, below the folder in which it was started. */
export const CONNECTION_FILE = path.join('.reelay', 'connection.json');

export interface Connection {
  readonly apiUrl: string;
  readonly apiKey: string;
}

const connectionFile = z.object({ api_url: z.url(), api_key: z.string().min(1) });

export interface ConnectionSources {
  /** --api-url, which outranks the environment. The key is never an option: options show in process lists. */
  readonly apiUrl?: string | undefined;
  readonly config: Pick<CliConfig, 'apiUrl' | 'apiKey'>;
  readonly cwd: string;
}

export async function findConnection({ apiUrl, config, cwd }: ConnectionSources): Promise<Connection> {
  const url = apiUrl ?? config.apiUrl;
  const key = config.apiKey;
  if (url && key) return { apiUrl: checkedUrl(url), apiKey: key };
  const local = await findConnectionFile(cwd);
  if (local === null) throw nothingFound(url);
  // A key is only ever sent to the address that it belongs to.
  if (url && checkedUrl(url) !== checkedUrl(local.apiUrl)) throw nothingFound(url);
  return { apiUrl: checkedUrl(local.apiUrl), apiKey: key ?? local.apiKey };
}

async function findConnectionFile(cwd: string): Promise<Connection | null> {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const file = path.join(folder, CONNECTION_FILE);
    const found = await readConnectionFile(file);
    if (found) return found;
    if (path.dirname(folder) === folder) return null;
  }
}

async function readConnectionFile(file: string): Promise<Connection | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw new CliError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      next: 'run as the user who ran "npm start", or set REELAY_API_URL and REELAY_API_KEY',
    });
  }
  const parsed = connectionFile.safeParse(parseJson(text));
  if (parsed.success) return { apiUrl: parsed.data.api_url, apiKey: parsed.data.api_key };
  throw new CliError(`${file} is not a connection file`, { next: 'delete it and run "npm start" again' });
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function checkedUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new CliError(`the API's address must be an http(s) URL, not ${JSON.stringify(url)}`, {
      exitCode: EXIT.badInput,
    });
  }
  return parsed.href.replace(/\/+$/, '');
}

function nothingFound(url: string | undefined): CliError {
  if (url) {
    return new CliError(`no API key for ${url}`, { exitCode: EXIT.badInput, next: 'set REELAY_API_KEY' });
  }
  return new CliError('no Reelay API to talk to: neither REELAY_API_URL and REELAY_API_KEY nor a local stack', {
    exitCode: EXIT.unreachable,
    next: 'run "npm start" in the checkout, and this command in another terminal',
  });
}
