import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeApiKey } from '@reelay/engine';
import { z } from 'zod';
import { LocalError } from '../local-error.ts';

const secretsFile = z.object({
  api_key: z.string().min(1),
  key_pepper: z.string().min(1),
  webhook_secret: z.string().min(1),
});

export interface LocalSecrets {
  readonly apiKey: string;
  readonly pepper: string;
  readonly webhookSecret: string;
}

/** The secrets of a data directory: made at the first start and kept beside the data, for the owner's eyes only. */
export async function keepSecrets(dataDir: string): Promise<LocalSecrets> {
  const file = path.join(dataDir, 'secrets.json');
  const text = (await readOrNull(file)) ?? (await makeOnce(file));
  const parsed = secretsFile.safeParse(parseJson(text));
  if (!parsed.success) throw new LocalError(`${file} is damaged: restore it, or move ${dataDir} away to begin anew`);
  const { api_key, key_pepper, webhook_secret } = parsed.data;
  return { apiKey: api_key, pepper: key_pepper, webhookSecret: webhook_secret };
}

/** Of two starts at once the first to link its draft decides, so that nobody ever reads half a file. */
async function makeOnce(file: string): Promise<string> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  const secret = () => randomBytes(32).toString('base64url');
  const secrets = { api_key: makeApiKey(), key_pepper: secret(), webhook_secret: secret() };
  await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
