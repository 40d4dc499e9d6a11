/**
 * Asks the database again and again whether it answers. One that does not is taken for gone: every connection to it is
 * cut, so that whoever waits for an answer hears at once, and whoever comes can be told without asking.
 */
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
  const asking = new pg.Pool({
    connectionString: db.url,
    max: 1,
    application_name: 'reelay-watch',
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  asking.on('error', () => {});
  let reachable = true;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const answered = await asking.query('SELECT 1').then(
      () => true,
      () => false,
    );
    if (stopped) return;
    if (answered !== reachable) onChange?.(answered);
    reachable = answered;
    if (!answered) db.cut();
    timer = setTimeout(() => void look(), everyMs);
  };
  void look();
  return {
    isReachable: () => reachable,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await asking.end();
    },
  };
}
