/**
 * A database whose clock is ours: a schema before pg_catalog gives `now()` and `clock_timestamp()` of its own, so that
 * every lease, schedule and default of the real schema runs by virtual time.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectDb, type Db, migrate } from '@reelay/db';
import pg from 'pg';

const MIGRATIONS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../prisma/migrations');

export interface VirtualDatabase {
  readonly db: Db;
  /** A connection of the simulation's own, beside those of the code under test. */
  readonly control: pg.Client;
  /** Costs nothing when it is that time already. */
  setNow(nowMs: number): Promise<void>;
  /** Empties every table and puts the rows back that the migrations leave. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function createVirtualDatabase(adminUrl: string): Promise<VirtualDatabase> {
  const name = `sim_${randomBytes(6).toString('hex')}`;
  const url = databaseUrl(adminUrl, name);
  await asAdmin(adminUrl, `CREATE DATABASE ${name}`);
  await migrate(url, MIGRATIONS);
  await asAdmin(url, takeTheClock(name));
  const control = new pg.Client({ connectionString: url });
  await control.connect();
  const db = connectDb({ url, maxConnections: 6, applicationName: 'simulation' });
  const clearing = await clearingStatement(control);
  let shownMs = 0;
  return {
    db,
    control,
    setNow: async (nowMs) => {
      if (nowMs === shownMs) return;
      shownMs = nowMs;
      await control.query({ name: 'tick', text: 'UPDATE sim.clock SET at = $1', values: [new Date(nowMs)] });
    },
    clear: async () => void (await control.query(clearing)),
    close: async () => {
      await db.close();
      await control.end();
      await asAdmin(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** CURRENT_TIMESTAMP is syntax and not to be overridden, so defaults that use it are set anew. */
const takeTheClock = (name: string) => `
  CREATE SCHEMA sim;
  CREATE TABLE sim.clock (at timestamptz NOT NULL);
  INSERT INTO sim.clock VALUES ('2027-01-04T00:00:00Z');
  CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM sim.clock';
  CREATE FUNCTION sim.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM sim.clock';
  CREATE FUNCTION sim.ms(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS 'SELECT round(extract(epoch FROM t) * 1000)::bigint';
  ALTER DATABASE ${name} SET search_path = sim, pg_catalog, public;
  DO $$
  DECLARE c record;
  BEGIN
    FOR c IN SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'public' AND (column_default ILIKE '%current_timestamp%' OR column_default ILIKE '%now()%')
    LOOP
      EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I SET DEFAULT sim.now()', c.table_name, c.column_name);
    END LOOP;
  END $$`;

/** Deleting few rows is faster than truncating; triggers and foreign keys stand aside for it. */
async function clearingStatement(control: pg.Client): Promise<string> {
  const { rows } = await control.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('_prisma_migrations', 'provider_accounts')`,
  );
  const deletes = rows.map(({ name }) => `DELETE FROM public.${name};`).join(' ');
  const { rows: columns } = await control.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = 'provider_accounts' AND column_name <> 'id'`,
  );
  await control.query('CREATE TABLE sim.account AS SELECT * FROM public.provider_accounts');
  const reset = columns.map(({ name }) => `${name} = a.${name}`).join(', ');
  return `SET session_replication_role = replica; ${deletes}
    UPDATE public.provider_accounts p SET ${reset} FROM sim.account a WHERE p.id = a.id;
    INSERT INTO public.budgets (scope) VALUES ('deployment');
    SET session_replication_role = DEFAULT`;
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}

function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
