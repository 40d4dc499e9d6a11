import { spawn } from 'node:child_process';
import os from 'node:os';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerAccount } from './server-account.ts';

export type BinaryResult = { exitCode: number; output: string };

/** How every PostgreSQL binary is spawned: under the account, in a directory it may enter, with no environment of ours. */
export function spawnOptions(account: ServerAccount | undefined) {
  const identity = account ? { uid: account.uid, gid: account.gid } : {};
  return { ...identity, cwd: os.tmpdir(), env: { LC_ALL: 'C', TZ: 'UTC' }, windowsHide: true };
}

export function runBinary(file: string, args: string[], account: ServerAccount | undefined): Promise<BinaryResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...spawnOptions(account), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => reject(cannotRun(file, error)));
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}

export function cannotRun(file: string, cause: Error): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${file} cannot be run here (${cause.message}): it needs glibc; set DATABASE_URL to a PostgreSQL server of your own`,
    { cause },
  );
}
