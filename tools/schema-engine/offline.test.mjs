import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const PRISMA = fileURLToPath(new URL('../prisma.mjs', import.meta.url));
const HEAD = 'datasource db {\n  provider = "postgresql"\n}\n';

function writeSchema(model) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-schema-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'schema.prisma');
  writeFileSync(file, HEAD + model);
  return file;
}

function runPrisma(...args) {
  const env = { ...process.env, DATABASE_URL: '' };
  return spawnSync(process.execPath, [PRISMA, ...args], { encoding: 'utf8', env });
}

it('writes the SQL between two schema files without a database', () => {
  const from = writeSchema('model Clip {\n  id BigInt @id\n}\n');
  const to = writeSchema('model Clip {\n  id BigInt @id\n  note String?\n}\n');

  const { status, stdout } = runPrisma('migrate', 'diff', '--from-schema', from, '--to-schema', to, '--script');

  expect(stdout).toContain('ALTER TABLE "Clip" ADD COLUMN     "note" TEXT;');
  expect(status).toBe(0);
}, 20_000);

it('says that a command needs a database instead of inventing one', () => {
  const schema = writeSchema('model Clip {\n  id BigInt @id\n}\n');

  const { status, stderr } = runPrisma('db', 'pull', '--print', '--schema', schema);

  expect(stderr).toContain('set DATABASE_URL');
  expect(status).toBe(1);
}, 20_000);
