// How many of fal's callbacks a second the API takes, beside the least that could do it: a bare Fastify that verifies the
// ed25519 signature and inserts one row. Both are processes of their own on the same database, asked in turns by the same
// sender over the same number of connections. Fails below SHARE_MIN.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { migrate } from '@reelay/db';
import { startEmbeddedPostgres } from '@reelay/embedded';
import { makeAttempts } from './callbacks/make-attempts.mjs';
import { sendAll } from './callbacks/send-all.mjs';
import { startSigner } from './callbacks/signer.mjs';
import { startApi, startBare } from './callbacks/start-servers.mjs';
import { freshDatabase } from './common/fresh-database.mjs';
import { median } from './common/median.mjs';

const CALLBACKS = 4_000;
const WARM_UP = 500;
const ROUNDS = 5;
const SHARE_MIN = 0.2;

const here = path.dirname(fileURLToPath(import.meta.url));
const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-bench-'));
chmodSync(directory, 0o711); // under root the server runs as another account and has to pass through
const postgres = await startEmbeddedPostgres({ dataDir: path.join(directory, 'postgres') });
try {
  await migrate(postgres.url, path.join(here, '../prisma/migrations'));
  process.exitCode = await run(await freshDatabase(postgres.url));
} finally {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function run(url) {
  const csv = path.join(directory, 'rows.csv');
  const attempts = await makeAttempts(url, { csv, count: CALLBACKS });
  const signer = await startSigner();
  const servers = { bare: await startBare(url, signer), ours: await startApi(url, signer) };
  try {
    const perSecond = (side, n, count) => sendAll(servers[side].url, signer.signAll(attempts.slice(0, count), n));
    for (const side of ['bare', 'ours']) await perSecond(side, 0, WARM_UP);
    const rounds = [];
    for (let n = 1; n <= ROUNDS; n++) {
      const bare = await perSecond('bare', n, CALLBACKS);
      const ours = await perSecond('ours', n, CALLBACKS);
      console.log(`round ${n}: bare ${bare.toFixed(0)}/s · /hooks/fal ${ours.toFixed(0)}/s`);
      rounds.push({ bare, ours });
    }
    await servers.ours.expectStored(ROUNDS * CALLBACKS + WARM_UP);
    return judge(rounds);
  } finally {
    for (const server of Object.values(servers)) await server.stop();
    await signer.close();
  }
}

function judge(rounds) {
  const share = median(rounds.map(({ bare, ours }) => ours / bare));
  const [bare, ours] = ['bare', 'ours'].map((side) => median(rounds.map((round) => round[side])));
  console.log(
    `median of ${ROUNDS} rounds of ${CALLBACKS}: bare Fastify + ed25519 + INSERT ${bare.toFixed(0)}/s, ` +
      `/hooks/fal ${ours.toFixed(0)}/s, share of a round ${share.toFixed(2)} (at least ${SHARE_MIN})`,
  );
  return share >= SHARE_MIN ? 0 : 1;
}
