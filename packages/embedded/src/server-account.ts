// PostgreSQL refuses to run as root, so under root it runs as another account. No account is created: every Unix has
// `nobody`, which is enough to own a data directory.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

export type ServerAccount = { uid: number; gid: number; name: string };

const CANDIDATES = ['postgres', 'nobody'];

/**
 * The account that runs the server, or undefined when that is the caller's own. Data that exists stays with its owner:
 * an account that appears later (a PostgreSQL package creates `postgres`) must not lock us out.
 */
export function findServerAccount(dataDir?: string): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = dataDir === undefined ? undefined : statSync(dataDir, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `the account ${owner.uid}` };
  for (const name of CANDIDATES) {
    const uid = readId('-u', name);
    const gid = readId('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid, name };
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root and there is no account ${CANDIDATES.join(' or ')}: run as another user, or create one of them`,
  );
}

function readId(flag: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}
