/**
 * The one way into Postgres: a pool shared by Prisma and by COPY. Every session carries time limits, so that a frozen
 * process cannot hold a lock for longer than `idleInTransactionMs` against the living.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { makeSockets } from './sockets.ts';

export interface DbConfig {
  readonly url: string;
  readonly maxConnections: number;
  readonly applicationName: string;
  readonly statementTimeoutMs?: number;
  readonly idleInTransactionMs?: number;
  readonly onError?: (error: Error) => void;
}

export interface Db {
  readonly url: string;
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** Breaks every connection, so that whoever waits on one hears of it at once, and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A Prisma client inside or outside a transaction: what every query here takes first. */
export type Tx = Prisma.TransactionClient;

const STATEMENT_TIMEOUT_MS = 15_000;
const IDLE_IN_TRANSACTION_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A database that is frozen, or behind a dead network, answers nothing: the client gives up by itself. */
const QUERY_TIMEOUT_MS = 20_000;
/** What the server may take for a statement, the client waits for, and for the answer's way. */
const QUERY_MARGIN_MS = 5_000;

export function connectDb(config: DbConfig): Db {
  const sockets = makeSockets();
  const statementTimeoutMs = config.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = new pg.Pool({
    stream: sockets.open,
    connectionString: config.url,
    max: config.maxConnections,
    application_name: config.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: Math.max(QUERY_TIMEOUT_MS, statementTimeoutMs + QUERY_MARGIN_MS),
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: config.idleInTransactionMs ?? IDLE_IN_TRANSACTION_MS,
  });
  // Without a listener a server restart would end the process.
  pool.on('error', (error) => config.onError?.(error));
  // The pool listens on idle connections and their borrowers on borrowed ones, but a farewell that arrives together with
  // the greeting falls between the two.
  pool.on('connect', (client) => client.on('error', () => {}));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    url: config.url,
    prisma,
    pool,
    cut: sockets.cut,
    mend: sockets.mend,
    close: async () => {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

const TRANSACTION_MAX_MS = 10_000;
const TRANSACTION_WAIT_MS = 10_000;

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>, timeoutMs = TRANSACTION_MAX_MS): Promise<T> {
  return db.prisma.$transaction(work, { timeout: timeoutMs, maxWait: TRANSACTION_WAIT_MS });
}
