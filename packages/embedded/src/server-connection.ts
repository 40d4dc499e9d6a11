import { realpathSync } from 'node:fs';
import pg from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { SUPERUSER } from './init-cluster.ts';

export const DATABASE = 'reelay';

const MAINTENANCE_DATABASE = 'postgres';
const WRONG_PASSWORD = '28P01';
const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';

export type ServerAddress = { port: number; password: string };

export function databaseUrl({ port, password }: ServerAddress, database = DATABASE): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/** Whether the server at this port is ready and serves this very directory; any other answer means "not yet". */
export async function isReady(address: ServerAddress, dataDir: string): Promise<boolean> {
  try {
    const served = await queryOnce(address, 'SHOW data_directory');
    return realpathSync(served.data_directory) === realpathSync(dataDir);
  } catch (error) {
    if ((error as { code?: string }).code !== WRONG_PASSWORD) return false;
    throw new EmbeddedPostgresError(
      `the server on 127.0.0.1:${address.port} refuses the password in ${dataDir}.password: restore that file`,
    );
  }
}

export async function ensureDatabase(address: ServerAddress): Promise<void> {
  const found = await queryOnce(address, `SELECT 1 AS found FROM pg_database WHERE datname = '${DATABASE}'`);
  if (found) return;
  try {
    await queryOnce(address, `CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== DUPLICATE_DATABASE && code !== UNIQUE_VIOLATION) throw error; // another process was quicker
  }
}

async function queryOnce(address: ServerAddress, sql: string) {
  const connectionString = databaseUrl(address, MAINTENANCE_DATABASE);
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 30_000 });
  client.on('error', () => {}); // the server may go away between the answer and the goodbye
  try {
    await client.connect();
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}
