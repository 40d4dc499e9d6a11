import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runBinary } from '../src/run-binary.ts';
import { findServerAccount } from '../src/server-account.ts';
import { prepareServerBinaries, type ServerBinaries } from '../src/server-binaries.ts';
import { sharedDirectoryPath } from '../src/shared-directory.ts';
import { itAsRoot } from './it-as-root.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const account = findServerAccount();
const installedHome = homeOf(prepareServerBinaries(undefined));

function homeOf({ postgres }: ServerBinaries): string {
  return path.resolve(postgres, '../../..');
}

/** The package as npm leaves it when it runs no install scripts: without its symbolic links. */
function packageWithoutLinks(): { home: string; version: string } {
  const home = path.join(temporaryDirectory(), 'package');
  const version = `18.0.0-test-${process.pid}`;
  mkdirSync(home);
  cpSync(path.join(installedHome, 'native'), path.join(home, 'native'), { recursive: true, verbatimSymlinks: true });
  const lib = path.join(home, 'native/lib');
  for (const entry of readdirSync(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(path.join(lib, entry.name));
  }
  writeFileSync(path.join(home, 'package.json'), JSON.stringify({ version }));
  return { home, version };
}

it('restores the links that npm cannot pack', async () => {
  const { home } = packageWithoutLinks();

  const binaries = prepareServerBinaries(account, home);

  expect(homeOf(binaries)).toBe(home);
  const { output } = await runBinary(binaries.postgres, ['--version'], account);
  expect(output).toContain('PostgreSQL');
});

itAsRoot('copies the binaries out of a home that the server account cannot enter', async () => {
  const { home, version } = packageWithoutLinks();
  chmodSync(path.dirname(home), 0o700);

  const binaries = prepareServerBinaries(account, home);
  onTestFinished(() => rmSync(homeOf(binaries), { recursive: true }));

  expect(homeOf(binaries)).toContain(sharedDirectoryPath(`postgres-${version}`));
  const { output } = await runBinary(binaries.postgres, ['--version'], account);
  expect(output).toContain('PostgreSQL');
});

itAsRoot('refuses a copy that others could have changed', () => {
  const { home } = packageWithoutLinks();
  chmodSync(path.dirname(home), 0o700);
  const copy = homeOf(prepareServerBinaries(account, home));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  chmodSync(copy, 0o777);

  expect(() => prepareServerBinaries(account, home)).toThrow(/can be changed by others: remove it/);
});
