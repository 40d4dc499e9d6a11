import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@reelay/embedded';
import { findFreePort } from '../free-port.ts';
import { until } from '../wait.ts';
import { freeze } from './freeze.ts';
import { inTurn } from './in-turn.ts';
import type { Store } from './store.ts';

export interface Postgres extends Store {
  /** Carries the password. */
  readonly url: string;
  /** pg_ctl's `-m immediate`, and start again. */
  restartAtOnce(): Promise<void>;
}

/**
 * Without fsync a dead process loses nothing, only a dead machine would: what was committed is with the kernel, as long as
 * a commit waits for its write (`synchronous_commit`).
 */
const SETTINGS = { max_connections: '400', synchronous_commit: 'on', shared_buffers: '256MB' };

const GONE_MS = 20_000;
const START_TRIES = 10;

export async function startPostgres(directory: string): Promise<Postgres> {
  const port = await findFreePort();
  const start = () =>
    startEmbeddedPostgres({ dataDir: path.join(directory, 'postgres'), port, durability: 'fast', settings: SETTINGS });
  const turn = inTurn();
  let server = await start();
  const end = async (signal: NodeJS.Signals) => {
    const { pid } = server;
    process.kill(pid, signal);
    await until(() => !isAlive(pid), { timeoutMs: GONE_MS, everyMs: 20 });
    server = await startAgain(start);
  };
  return {
    name: 'postgres',
    port,
    url: server.url,
    kill: () => turn(() => end('SIGKILL')),
    restartAtOnce: () => turn(() => end('SIGQUIT')),
    freeze: (ms) => turn(() => freeze(server.pid, ms)),
    stop: () => server.stop(),
  };
}

/** Everybody connects to a server that comes back, and the one who started it may wait too long for his turn. */
async function startAgain(start: () => Promise<EmbeddedPostgres>): Promise<EmbeddedPostgres> {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === START_TRIES) throw error;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
