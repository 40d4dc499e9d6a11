import pg from 'pg';

// Every measurement finds the same empty tables. `url` names the migrated database that is copied.
export async function freshDatabase(templateUrl) {
  const url = new URL(templateUrl);
  const template = url.pathname.slice(1);
  url.pathname = '/postgres';
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query('DROP DATABASE IF EXISTS bench WITH (FORCE)');
  await admin.query(`CREATE DATABASE bench TEMPLATE ${template}`);
  await admin.query('CHECKPOINT');
  await admin.end();
  url.pathname = '/bench';
  return url.href;
}
