import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeSecrets } from './make-secrets.mjs';

let folder;
beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'reelay-secrets-')), 'made');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(path.dirname(folder), { recursive: true, force: true });
});

const readAll = () =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));

test('made twice, secrets stay what they were, and one that is missing is made from the others', async () => {
  await makeSecrets([folder]);
  const first = readAll();
  rmSync(path.join(folder, 'database_url'));
  await makeSecrets([folder]);
  expect(readAll()).toEqual(first);
  expect(first.database_url).toContain(first.postgres_password.trim());
});

test('only their owner gets into the folder, and every account that has a file mounted can read it', async () => {
  await makeSecrets([folder]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o444);
});
