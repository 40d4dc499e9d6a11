// How long an import of 100,000 rows takes beside the least that it could take: tokenising the same file with csv-parse
// and copying the same rows into a table like jobs (columns, checks, indexes, foreign keys). Both run in turns, each
// time in a process of its own. Fails above RATIO_MAX or PEAK_MB_MAX.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { migrate } from '@reelay/db';
import { startEmbeddedPostgres } from '@reelay/embedded';
import { freshDatabase } from './common/fresh-database.mjs';
import { median } from './common/median.mjs';
import { writeCsv } from './import/write-csv.mjs';

const ROWS = 100_000;
const ROUNDS = 3;
const RATIO_MAX = 3;
const PEAK_MB_MAX = 300;

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
  const csv = path.join(directory, 'rows.csv');
  const megabytes = writeCsv(path.join(here, '../examples/loveu-tgve-2023.csv'), csv, ROWS) / 1e6;
  console.log(`${ROWS} rows, ${megabytes.toFixed(1)} MB, ${ROUNDS} rounds, PostgreSQL with fsync on`);
  const copyFile = path.join(directory, 'rows.copy');
  const { parents } = await measureReelay({ csv, saveRows: copyFile });
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    const bare = await measure('baseline', { url: await freshDatabase(postgres.url), csv, copyFile, parents });
    const ours = await measureReelay({ csv });
    console.log(line(`round ${i + 1}`, bare, ours));
    rounds.push({ bare, ours });
  }
  return judge(rounds);
}

function judge(rounds) {
  const ratio = median(rounds.map(({ bare, ours }) => total(ours) / total(bare)));
  const peakMb = Math.max(...rounds.map(({ ours }) => ours.peakMb));
  const [bareMs, oursMs] = ['bare', 'ours'].map((side) => median(rounds.map((round) => total(round[side]))));
  console.log(
    `median: tokenise + COPY ${bareMs.toFixed(0)} ms, Reelay ${oursMs.toFixed(0)} ms, ` +
      `ratio of a round ${ratio.toFixed(2)} (at most ${RATIO_MAX}), peak memory ${peakMb.toFixed(0)} MB (at most ${PEAK_MB_MAX})`,
  );
  return ratio <= RATIO_MAX && peakMb <= PEAK_MB_MAX ? 0 : 1;
}

function total({ tokeniseMs = 0, copyMs = 0, receiveMs = 0, importMs = 0 }) {
  return tokeniseMs + copyMs + receiveMs + importMs;
}

function line(name, bare, ours) {
  const ms = (value) => `${value.toFixed(0)} ms`;
  return (
    `${name}: tokenise ${ms(bare.tokeniseMs)} + COPY ${ms(bare.copyMs)} (${bare.peakMb.toFixed(0)} MB) · ` +
    `receive ${ms(ours.receiveMs)} + import ${ms(ours.importMs)} (${ours.peakMb.toFixed(0)} MB)`
  );
}

// The API receives a file and a worker imports it, so each has a process of its own here too.
async function measureReelay({ csv, saveRows }) {
  const url = await freshDatabase(postgres.url);
  const { uploadId, receiveMs } = await measure('receive', { url, csv });
  return { receiveMs, ...(await measure('reelay', { url, uploadId, saveRows })) };
}

async function measure(what, job) {
  const child = fork(path.join(here, `import/${what}.mjs`));
  child.send({ rows: ROWS, ...job });
  const died = once(child, 'exit').then(([code]) => [{ error: `ended with ${code} before it answered` }]);
  const [result] = await Promise.race([once(child, 'message'), died]);
  await died;
  if (result.error) throw new Error(`${what}: ${result.error}`);
  return result;
}
