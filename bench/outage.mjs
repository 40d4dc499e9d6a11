// How long requests wait for their 503 that begin when PostgreSQL goes, before that is noticed: every route at once, its
// connections cut, or frozen (a dead network). Fails when one waits longer than is promised.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startApi } from '@reelay/api';
import { connectDb, migrate } from '@reelay/db';
import { startEmbeddedPostgres } from '@reelay/embedded';
import { createApiKey, createProject } from '@reelay/engine';
import { createLogger } from '@reelay/runtime';
import { startStoreProxy } from '@reelay/testkit';
import { benchContext } from './import/bench-context.mjs';
import { askRoute, struckRoutes } from './outage/routes.mjs';

const ROUNDS = 10;
const ANSWERED_WITHIN_MS = 2_000;
const WATCHED_EVERY_MS = 300;
const RECOVERY_MAX_MS = 60_000;
const PEPPER = 'a-pepper-for-benches-only-000000000';

const here = path.dirname(fileURLToPath(import.meta.url));
const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-bench-'));
chmodSync(directory, 0o711); // under root the server runs as another account and has to pass through
const postgres = await startEmbeddedPostgres({ dataDir: path.join(directory, 'postgres') });
try {
  process.exitCode = await run();
} finally {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function run() {
  await migrate(postgres.url, path.join(here, '../prisma/migrations'));
  const proxy = await startStoreProxy(postgres.url);
  const db = connectDb({ url: proxy.url, maxConnections: 10, applicationName: 'bench' });
  const log = createLogger({
    level: 'fatal',
    destination: new Writable({ write: (_line, _encoding, done) => done() }),
  });
  const context = { ...benchContext(db), log };
  const api = await startApi({ host: '127.0.0.1', port: 0, keyPepper: PEPPER }, { context, log });
  const projectId = await createProject(context, { name: 'bench' });
  const { apiKey } = await createApiKey(context, { projectId, name: 'bench', pepper: PEPPER });
  const target = { url: api.url, apiKey };
  const routes = await struckRoutes(target);
  console.log(`${routes.length} routes at once, with a key where they take one, ${ROUNDS} strikes of each kind`);
  const worst = [];
  for (const [name, strike] of [
    ['cut', proxy.cut],
    ['frozen', proxy.freeze],
  ]) {
    const waits = await measure({ name, strike, proxy, target, routes });
    worst.push(waits.at(-1));
  }
  await api.close();
  await db.close();
  await proxy.close();
  return Math.max(...worst) <= ANSWERED_WITHIN_MS ? 0 : 1;
}

async function measure({ name, strike, proxy, target, routes }) {
  const answers = [];
  const recoveries = [];
  for (let round = 0; round < ROUNDS; round++) {
    await whole(target);
    await pause(Math.random() * WATCHED_EVERY_MS);
    const struck = strike();
    answers.push(...(await Promise.all(routes.map((route) => askRoute(target, route)))));
    await struck;
    await proxy.restore();
    recoveries.push(await whole(target));
  }
  const odd = answers.filter(({ status }) => status !== 503);
  for (const { route, status } of odd) console.log(`${name}: ${route} answered ${status}`);
  const waits = answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const { route } = answers.find(({ tookMs }) => tookMs === waits.at(-1));
  console.log(
    `${name}: ${waits.length} requests answered ${waits.length - odd.length} × 503, after ${ms(waits[waits.length >> 1])} in the middle, ` +
      `${ms(waits.at(-1))} at most (${route}; at most ${ANSWERED_WITHIN_MS}); whole again after ${ms(Math.max(...recoveries))} at most`,
  );
  return odd.length === 0 ? waits : [Number.POSITIVE_INFINITY];
}

// Until all connections work, with none left of those that were broken; how long that took.
async function whole(target) {
  const startedAt = performance.now();
  const reading = { name: 'GET /v1/jobs', method: 'GET', path: '/v1/jobs' };
  while (performance.now() - startedAt < RECOVERY_MAX_MS) {
    const answers = await Promise.all(Array.from({ length: 30 }, () => askRoute(target, reading)));
    if (answers.every(({ status }) => status === 200)) return performance.now() - startedAt;
    await pause(20);
  }
  throw new Error('the API did not recover');
}

function ms(value) {
  return `${value.toFixed(0)} ms`;
}
