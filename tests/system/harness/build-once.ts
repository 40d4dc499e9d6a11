import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
let built: Promise<unknown> | undefined;

/** The processes under test run what is compiled; this brings it up to date, in a fraction of a second when it is. */
export function buildOnce(): Promise<unknown> {
  built ??= promisify(execFile)(process.execPath, [path.join(ROOT, 'node_modules/@typescript/native/bin/tsc'), '-b'], {
    cwd: ROOT,
  });
  return built;
}
