/** Spreads seeds over a child per core and adds up what they say. */
import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@reelay/embedded';
import type { FromChild, SeedOutcome, ToChild } from './messages.ts';
import type { Options } from './options.ts';
import { createTotals, type Totals } from './totals.ts';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const CHILDREN_MAX = 2;

/** Returns how many seeds failed. */
export async function runMany(options: Options): Promise<number> {
  const totals = createTotals(options);
  await withServer(async (server) => {
    const wanted = Math.min(CHILDREN_MAX, os.availableParallelism(), options.seeds);
    const last = options.from + options.seeds;
    let next = options.from;
    const take = () => (next < last && !(options.stopAtFirst && totals.failed > 0) ? next++ : null);
    await Promise.all(Array.from({ length: wanted }, () => runChild(server, options, take, totals)));
  });
  totals.report();
  return totals.failed;
}

async function withServer(work: (server: EmbeddedPostgres) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-sim-'));
  chmodSync(directory, 0o711); // under root the server runs as another account and has to pass through
  const server = await startEmbeddedPostgres({ dataDir: path.join(directory, 'postgres'), durability: 'fast' });
  const clean = async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const interrupted = () => void clean().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await work(server);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await clean();
  }
}

function runChild(
  server: EmbeddedPostgres,
  options: Options,
  take: () => number | null,
  totals: Totals,
): Promise<void> {
  const child = fork(CHILD);
  const say = (message: ToChild) => void child.send(message);
  const goOn = () => {
    const seed = take();
    say(seed === null ? { kind: 'end' } : { kind: 'seed', seed });
  };
  child.on('message', (message: FromChild) => {
    if (message.kind === 'ended') child.disconnect();
    else {
      if (message.kind === 'ran') totals.add(message.outcome satisfies SeedOutcome);
      goOn();
    }
  });
  say({ kind: 'begin', adminUrl: server.url, trace: options.trace });
  return untilExit(child);
}

function untilExit(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a simulation ended with code ${code}`))));
  });
}
