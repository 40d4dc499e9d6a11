// Makes a data directory: in a draft beside it, moved into place when complete, so a kill never leaves half of one.
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { canReach } from './can-reach.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { runBinary } from './run-binary.ts';
import type { ServerAccount } from './server-account.ts';
import type { ServerBinaries } from './server-binaries.ts';
import { makePassword } from './server-password.ts';

export const SUPERUSER = 'reelay';

/** 'fast' loses data when the machine crashes (not when a process does): for tests and throw-away data. */
export type Durability = 'safe' | 'fast';
export type ClusterPlace = { dataDir: string; account: ServerAccount | undefined; binaries: ServerBinaries };

export async function ensureCluster(place: ClusterPlace, durability: Durability): Promise<void> {
  const { dataDir, account } = place;
  mkdirSync(path.dirname(dataDir), { recursive: true, mode: account ? 0o711 : 0o700 });
  if (!canReach(path.dirname(dataDir), account)) {
    throw new EmbeddedPostgresError(
      `${account?.name} runs PostgreSQL and cannot enter ${path.dirname(dataDir)}: choose a data directory that every account can reach`,
    );
  }
  if (holdsCluster(place)) return;
  await initCluster(place, durability);
}

function holdsCluster({ dataDir, binaries }: ClusterPlace): boolean {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return false;
  const versionFile = path.join(dataDir, 'PG_VERSION');
  if (!existsSync(versionFile)) {
    throw new EmbeddedPostgresError(
      `${dataDir} holds files that are not PostgreSQL's: choose an empty or new directory`,
    );
  }
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version === binaries.majorVersion) return true;
  throw new EmbeddedPostgresError(
    `${dataDir} was written by PostgreSQL ${version} and this is ${binaries.majorVersion}: move it with pg_dump, or choose another directory`,
  );
}

async function initCluster({ dataDir, account, binaries }: ClusterPlace, durability: Durability): Promise<void> {
  const draft = `${dataDir}.draft-${randomBytes(4).toString('hex')}`;
  try {
    const passwordCopy = makeDraft(draft, makePassword(dataDir), account);
    const cluster = path.join(draft, 'cluster');
    const { exitCode, output } = await runBinary(
      binaries.initdb,
      initArguments(cluster, passwordCopy, durability),
      account,
    );
    if (exitCode !== 0) throw initError(output);
    if (existsSync(dataDir) && readdirSync(dataDir).length === 0) rmdirSync(dataDir);
    moveOnce(cluster, dataDir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

// initdb reads the password from a file; under root it runs as another account, so it gets a copy it may read.
function makeDraft(draft: string, password: string, account: ServerAccount | undefined): string {
  const file = path.join(draft, 'password');
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(file, password, { mode: 0o600 });
  if (account) for (const entry of [file, draft]) chownSync(entry, account.uid, account.gid);
  return file;
}

function initArguments(cluster: string, passwordCopy: string, durability: Durability): string[] {
  return [
    ...['-D', cluster, '-U', SUPERUSER, `--pwfile=${passwordCopy}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-instructions'],
    ...(durability === 'fast' ? ['--no-sync'] : []),
  ];
}

function initError(output: string): EmbeddedPostgresError {
  const reason = output.split('\n').find((line) => line.includes('error:')) ?? output.trim();
  const advice = reason.includes('look up effective user ID')
    ? 'run as a user that has an entry in /etc/passwd'
    : 'check free space and rights there';
  return new EmbeddedPostgresError(`PostgreSQL could not create its data directory (${reason.trim()}): ${advice}`);
}

function moveOnce(cluster: string, dataDir: string): void {
  try {
    renameSync(cluster, dataDir);
  } catch (error) {
    if (!existsSync(path.join(dataDir, 'PG_VERSION'))) throw error; // another process was quicker
  }
}
