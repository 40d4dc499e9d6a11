import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CONNECTION_FILE } from '@reelay/cli';

/** Leaves address and key where the `reelay` command looks for them. False when the checkout cannot be written to. */
export async function writeConnection(projectDir: string, { apiUrl, apiKey }: { apiUrl: string; apiKey: string }) {
  const file = path.join(projectDir, CONNECTION_FILE);
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify({ api_url: apiUrl, api_key: apiKey }, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, file);
    return file;
  } catch {
    await rm(draft, { force: true }).catch(() => {});
    return null;
  }
}

export async function readApiUrl(projectDir: string): Promise<string | null> {
  try {
    const { api_url } = JSON.parse(await readFile(path.join(projectDir, CONNECTION_FILE), 'utf8'));
    return typeof api_url === 'string' ? api_url : null;
  } catch {
    return null;
  }
}

export async function removeConnection(file: string | null): Promise<void> {
  if (file) await rm(file, { force: true });
}
