import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildOnce } from '../system/harness/build-once.ts';

const PROGRAM = path.join(import.meta.dirname, 'dist/main.js');
const TIMEOUT_MS = 300_000;

it('nothing is lost and nothing paid twice in a minute under fire', { timeout: TIMEOUT_MS }, async () => {
  await buildOnce();
  const backend = process.env.REELAY_TEST_QUEUE === 'redis' ? 'redis' : 'postgres';
  const args = [PROGRAM, '--seed', '1', '--minutes', '1', '--jobs', '600', '--backend', backend];
  const output = await promisify(execFile)(process.execPath, args, { maxBuffer: 16e6 }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );

  expect(output).toMatch(/^\d+ passed, 0 failed$/m);
});
