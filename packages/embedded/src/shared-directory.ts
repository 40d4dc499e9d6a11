// Directories under /var/tmp, which every user may write to: their names can be guessed, so one that somebody else
// made, or may change, is refused.
import { lstatSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const ROOT = process.platform === 'win32' ? os.tmpdir() : '/var/tmp';
const WRITABLE_BY_OTHERS = 0o022;

export function sharedDirectoryPath(name: string): string {
  return path.join(ROOT, `reelay-${process.getuid?.() ?? 'user'}-${name}`);
}

export function makeSharedDirectory(name: string, mode: number): string {
  const directory = sharedDirectoryPath(name);
  mkdirSync(directory, { recursive: true, mode });
  assertOurs(directory);
  return directory;
}

export function assertOurs(directory: string): void {
  if (process.platform === 'win32') return;
  const stats = lstatSync(directory);
  if (stats.isDirectory() && stats.uid === process.getuid?.() && !(stats.mode & WRITABLE_BY_OTHERS)) return;
  throw new EmbeddedPostgresError(
    `${directory} belongs to somebody else or can be changed by others: remove it and start again`,
  );
}
