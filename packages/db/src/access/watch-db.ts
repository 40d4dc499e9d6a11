/**
 * Asks the database again and again whether it answers. One that does not is taken for gone: every connection to it is
 * cut, so that whoever waits for an answer hears at once, and whoever comes can be told without asking.
 */
import net from 'node:net';
import pg from 'pg';
import type { Db } from '../client.ts';

export interface DbWatch {
  readonly isReachable: () => boolean;
  stop(): Promise<void>;
}

export interface DbWatchOptions {
  readonly everyMs: number;
  /** A question that is not answered within this time counts as not answered. */
  readonly patienceMs: number;
  readonly onChange?: (reachable: boolean) => void;
}

export function watchDb(db: Db, { everyMs, patienceMs, onChange }: DbWatchOptions): DbWatch {
  let asker: Asker | undefined;
  let reachable = true;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    asker ??= openAsker(db.url);
    const answered = await isAnswered(asker.ask(), patienceMs);
    if (stopped) return;
    if (answered !== reachable) onChange?.(answered);
    reachable = answered;
    if (!answered) {
      asker.drop();
      asker = undefined;
      db.cut();
    }
    timer = setTimeout(() => void look(), everyMs);
  };
  void look();
  return {
    isReachable: () => reachable,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      asker?.drop();
    },
  };
}

interface Asker {
  ask(): Promise<unknown>;
  drop(): void;
}

/** One connection of its own: a busy pool is no database that does not answer. */
function openAsker(url: string): Asker {
  const socket = new net.Socket();
  const client = new pg.Client({ connectionString: url, application_name: 'reelay-watch', stream: () => socket });
  client.on('error', () => {});
  const connected = client.connect();
  return {
    ask: async () => {
      await connected;
      await client.query('SELECT 1');
    },
    drop: () => socket.destroy(),
  };
}

/** So many moments make up the patience. */
const MOMENTS = 10;

/**
 * Waits in moments, each of which counts once however long it took: a process that was busy itself, or kept from
 * running, must not hold that against the database.
 */
async function isAnswered(answer: Promise<unknown>, patienceMs: number): Promise<boolean> {
  const arrival = answer.then(
    () => true,
    () => false,
  );
  for (let moment = 0; moment < MOMENTS; moment++) {
    const known = await Promise.race([arrival, pause(patienceMs / MOMENTS)]);
    if (known !== undefined) return known;
  }
  return false;
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
