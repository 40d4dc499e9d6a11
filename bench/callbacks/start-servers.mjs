// Both sides as processes of their own.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { SECRET } from '../common/secret.mjs';
import { startProcess } from '../common/start-process.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

export async function startBare(databaseUrl, { jwk }) {
  const env = { DATABASE_URL: databaseUrl, BENCH_JWK: JSON.stringify(jwk) };
  const child = await startProcess(path.join(here, 'bare.mjs'), env, /listening at (http:\S+)/);
  return { url: child.match[1], stop: child.kill };
}

export async function startApi(databaseUrl, { jwksUrl }) {
  const env = {
    DATABASE_URL: databaseUrl,
    FAL_JWKS_URL: jwksUrl,
    REELAY_HOST: '127.0.0.1',
    REELAY_PORT: '0',
    REELAY_PUBLIC_URL: 'https://reelay.example.com',
    REELAY_WEBHOOK_SECRET: SECRET,
    REELAY_KEY_PEPPER: SECRET,
  };
  const child = await startProcess(
    path.join(here, '../../apps/api/dist/main.js'),
    env,
    /"url":"(http:[^"]+)".*listening/,
  );
  return {
    url: child.match[1],
    stop: child.kill,
    expectStored: (count) => expectStored(databaseUrl, count),
  };
}

async function expectStored(databaseUrl, count) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query('SELECT count(*)::int AS count FROM webhook_inbox WHERE NOT stale');
  await client.end();
  if (rows[0].count !== count) throw new Error(`${rows[0].count} callbacks are stored, not ${count}`);
}
