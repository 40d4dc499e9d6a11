/**
 * BullMQ's connections to PostgreSQL. Its locks, stalls and limits are reckoned by the clock of whoever asks, so that one
 * machine whose clock runs ahead would stop all others for as long: here every moment is put on the server's clock on its
 * way there.
 */
import pg from 'pg';

/** Above any duration or count, below any moment of ours in milliseconds. */
const MOMENT_MIN = 1e12;
const SAMPLE_EVERY_MS = 60_000;

interface ServerTime {
  readonly serverMs: number;
  /** When that was, on this process's monotonic clock. */
  readonly atMs: number;
}

/** BullMQ's default schema; of its own pools it sets the same path. */
const SEARCH_PATH = '-c search_path=bullmq';

export function openQueuePool(url: string, maxConnections: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections, keepAlive: true, options: SEARCH_PATH });
  // BullMQ listens late on a connection that it borrows; an error before that would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  listenOnce(pool);
  const ask = pool.query.bind(pool) as (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>;
  let sample: Promise<ServerTime> | undefined;
  let sampledAtMs = 0;

  function serverTime(): Promise<ServerTime> {
    if (sample && performance.now() - sampledAtMs < SAMPLE_EVERY_MS) return sample;
    sampledAtMs = performance.now();
    const taken = readServerTime(ask);
    sample = taken;
    taken.catch(() => {
      if (sample === taken) sample = undefined;
    });
    return taken;
  }

  const askOnServerClock = async (text: string, values?: readonly unknown[]) => {
    if (!values?.some(isMoment)) return ask(text, values);
    const { serverMs, atMs } = await serverTime();
    const aheadMs = Math.round(serverMs + performance.now() - atMs - Date.now());
    return ask(
      text,
      values.map((value) => (isMoment(value) ? value + aheadMs : value)),
    );
  };
  pool.query = askOnServerClock as typeof pool.query;
  return pool;
}

/**
 * Of all who listen for the pool's errors the first hears them. Every queue that BullMQ opens listens and never stops: one
 * that is opened anew for as long as its store is down would leave a listener each time.
 */
function listenOnce(pool: pg.Pool): void {
  const listen = pool.on.bind(pool) as (event: string, listener: () => void) => pg.Pool;
  const once = (event: string, listener: () => void) =>
    event === 'error' && pool.listenerCount('error') > 0 ? pool : listen(event, listener);
  pool.on = once as typeof pool.on;
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value > MOMENT_MIN;
}

async function readServerTime(ask: (text: string) => Promise<pg.QueryResult>): Promise<ServerTime> {
  const askedAtMs = performance.now();
  const { rows } = await ask('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms');
  // The answer was true about half way between question and arrival.
  return { serverMs: Number(rows[0].ms), atMs: (askedAtMs + performance.now()) / 2 };
}
