// Under root this file gives root up (each test file has a process of its own), unless the project lies where nobody
// else can read it: then there is no ordinary user who could run it.
import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { canReach } from '../src/can-reach.ts';
import { startEmbeddedPostgres } from '../src/index.ts';
import { findServerAccount } from '../src/server-account.ts';
import { query } from './query.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function becomeOrdinaryUser() {
  const account = findServerAccount();
  if (account === undefined || !canReach(import.meta.dirname, account)) return;
  process.setgid?.(account.gid);
  process.setuid?.(account.uid);
}

it('an ordinary user gets a server too', async () => {
  becomeOrdinaryUser();
  const dataDir = path.join(temporaryDirectory(), 'postgres');

  const server = await startEmbeddedPostgres({ dataDir, durability: 'fast' });
  onTestFinished(() => server.stop());

  expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(statSync(dataDir).uid).not.toBe(0);
});
