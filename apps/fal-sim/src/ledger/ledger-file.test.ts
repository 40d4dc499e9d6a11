import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LedgerEvent } from './ledger-event.ts';
import { LedgerFile } from './ledger-file.ts';

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'fal-sim-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const clockAt = (n: number): LedgerEvent => ({ event: 'clock', simMs: n });

it('has every line that was committed or noted, in order, when it is opened again', async () => {
  const directory = await makeDirectory();
  const { file } = await LedgerFile.open(directory);
  const events = Array.from({ length: 100 }, (_, n) => clockAt(n));

  const commits = events.map((event, n) => (n % 2 === 0 ? file.commit(event) : file.note(event)));
  await Promise.all(commits);
  await file.close();

  expect((await LedgerFile.open(directory)).events).toEqual(events);
});

it('has a line on the disk when its commit resolves', async () => {
  const directory = await makeDirectory();
  const { file } = await LedgerFile.open(directory);

  await file.commit(clockAt(7));

  expect(await readFile(path.join(directory, 'ledger.ndjson'), 'utf8')).toBe('{"event":"clock","simMs":7}\n');
});

it('rejects a commit it cannot write, and every one after it', async () => {
  const { file } = await LedgerFile.open(await makeDirectory());
  await file.close();

  await expect(file.commit(clockAt(1))).rejects.toThrow();
  await expect(file.commit(clockAt(2))).rejects.toThrow();
});
