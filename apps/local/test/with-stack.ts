import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger } from '@reelay/runtime';
import { createTestDatabase } from '@reelay/testkit';
import { afterAll, beforeAll } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../src/index.ts';

export interface StackPlace {
  /** An empty folder that is gone after the file's tests. */
  readonly folder: string;
  start(change?: Partial<StackOptions>): Promise<Stack>;
}

/** A database and a folder for the stacks of one test file. Stacks are closed by whoever starts them. */
export function useStackPlace(): StackPlace {
  const place = { folder: '', databaseUrl: '' };
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const database = await createTestDatabase();
    place.databaseUrl = database.url;
    place.folder = await mkdtemp(path.join(tmpdir(), 'reelay-stack-'));
    drop = () => database.drop();
  });
  afterAll(async () => {
    await drop();
    await rm(place.folder, { recursive: true });
  });
  return {
    get folder() {
      return place.folder;
    },
    start: (change = {}) =>
      startStack({
        dataDir: place.folder,
        databaseUrl: place.databaseUrl,
        provider: { speed: 1_000, seed: 1, faults: {}, concurrency: 10 },
        timeScale: 1_000,
        inFlightMax: 10,
        submitsPerSecond: 200,
        budgetNanoUsd: null,
        log: createLogger({ level: 'silent' }),
        ...change,
      }),
  };
}
