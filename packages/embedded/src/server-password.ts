// The password lies beside the data directory, readable by its owner alone; it is made once per data directory.
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const passwordFile = (dataDir: string) => `${dataDir}.password`;

export function readPassword(dataDir: string): string {
  const file = passwordFile(dataDir);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new EmbeddedPostgresError(
      `the database password in ${file} cannot be read: restore that file, or move ${dataDir} away to begin with an empty database`,
    );
  }
}

/** Two processes may begin at once: the first to link its draft decides, and both read the same password. */
export function makePassword(dataDir: string): string {
  const draft = `${passwordFile(dataDir)}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, passwordFile(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readPassword(dataDir);
}
