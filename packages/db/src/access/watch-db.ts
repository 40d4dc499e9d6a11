/**
 * Asks the database again and again whether it answers. One that does not is taken for gone: every connection to it is
 * cut and none opened until it answers, so that whoever waits hears at once, and whoever comes can be told without asking.
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
  const tell = (answered: boolean) => {
    if (answered !== reachable) onChange?.(answered);
    reachable = answered;
    if (answered) db.mend();
    else db.cut();
  };
  const look = async (): Promise<void> => {
    asker ??= openAsker(db.url);
    const answer = arrivalOf(asker.ask());
    let answered = await within(patienceMs, answer);
    if (!stopped && answered !== true) {
      tell(false);
      answered ??= await within(patienceMs * LATE_FACTOR, answer);
    }
    if (stopped) return;
    if (answered === true) tell(true);
    else {
      asker.drop();
      asker = undefined;
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
      db.mend();
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

/**
 * A question that came too late to count is waited for so many patiences more before another connection asks it: a server
 * short of time may need longer to take a new connection than the patience, and would seem gone for ever.
 */
const LATE_FACTOR = 5;

/** False: the database said no, or the connection broke. */
function arrivalOf(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => true,
    () => false,
  );
}

/** So many moments make up a time to wait. */
const MOMENTS = 10;

/**
 * Undefined: no word within the time. Waits in moments, each of which counts once however long it took: a process that was
 * busy itself, or kept from running, must not hold that against the database.
 */
async function within(durationMs: number, arrival: Promise<boolean>): Promise<boolean | undefined> {
  for (let moment = 0; moment < MOMENTS; moment++) {
    const known = await Promise.race([arrival, pause(durationMs / MOMENTS)]);
    if (known !== undefined) return known;
  }
  return undefined;
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
