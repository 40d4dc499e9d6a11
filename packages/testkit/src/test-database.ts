/** A database of its own for each test file, cloned from one migrated template: milliseconds instead of migrations. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@reelay/db';
import { prepareBackend } from '@reelay/queue';
import pg from 'pg';
import { inject } from 'vitest';
import type {} from './provided-context.ts';

const MIGRATIONS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../prisma/migrations');
const TEMPLATE = 'reelay_template';
const TEMPLATE_LOCK = 4711;

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('postgresAdminUrl');
  const name = newName();
  await asAdmin(adminUrl, async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    await makeTemplate(admin, adminUrl);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
  return named(adminUrl, name);
}

/** The database as it is now, under a name of its own: a backup that can be run on. Nobody may be connected to it. */
export async function copyTestDatabase(source: TestDatabase): Promise<TestDatabase> {
  const adminUrl = inject('postgresAdminUrl');
  const name = newName();
  const from = new URL(source.url).pathname.slice(1);
  await asAdmin(adminUrl, async (admin) => void (await admin.query(`CREATE DATABASE ${name} TEMPLATE ${from}`)));
  return named(adminUrl, name);
}

const newName = () => `test_${randomBytes(6).toString('hex')}`;

function named(adminUrl: string, name: string): TestDatabase {
  return {
    url: databaseUrl(adminUrl, name),
    drop: () => asAdmin(adminUrl, async (admin) => void (await admin.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

async function makeTemplate(admin: pg.Client, adminUrl: string): Promise<void> {
  const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [TEMPLATE]);
  if (rowCount) return;
  await admin.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  const url = databaseUrl(adminUrl, TEMPLATE);
  await migrate(url, MIGRATIONS);
  await prepareBackend({ kind: 'postgres', url });
  await admin.query(`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true`);
}

async function asAdmin(url: string, work: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
