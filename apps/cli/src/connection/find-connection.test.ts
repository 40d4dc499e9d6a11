import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT } from '../exit-codes.ts';
import { findConnection } from './find-connection.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelay-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function leaveConnection(text: string): Promise<void> {
  await mkdir(path.join(folder, '.reelay'));
  await writeFile(path.join(folder, '.reelay', 'connection.json'), text);
}
const LOCAL = JSON.stringify({ api_url: 'http://127.0.0.1:8080/', api_key: 'local-key' });

test("the local stack's file is found from a folder below it", async () => {
  await leaveConnection(LOCAL);
  const cwd = path.join(folder, 'a', 'b');
  await mkdir(cwd, { recursive: true });
  expect(await findConnection({ config: {}, cwd })).toEqual({ apiUrl: 'http://127.0.0.1:8080', apiKey: 'local-key' });
});

test('the environment outranks the file', async () => {
  await leaveConnection(LOCAL);
  const config = { apiUrl: 'https://reelay.example.com', apiKey: 'k' };
  expect(await findConnection({ config, cwd: folder })).toEqual({ apiUrl: 'https://reelay.example.com', apiKey: 'k' });
});

test('the local key is never sent to another address', async () => {
  await leaveConnection(LOCAL);
  const found = findConnection({ config: {}, cwd: folder, apiUrl: 'https://elsewhere.example.com' });
  await expect(found).rejects.toMatchObject({
    exitCode: EXIT.badInput,
    message: expect.stringContaining('no API key'),
  });
});

test('a file that is not a connection is named', async () => {
  await leaveConnection('{"api_url": 3}');
  await expect(findConnection({ config: {}, cwd: folder })).rejects.toThrow(
    /connection\.json is not a connection file/,
  );
});

test('an address that is not http is refused', async () => {
  const config = { apiUrl: 'ftp://x', apiKey: 'k' };
  await expect(findConnection({ config, cwd: folder })).rejects.toThrow(/http\(s\) URL/);
});
