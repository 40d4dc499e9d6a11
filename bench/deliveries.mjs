// How long events take to the endpoints that answer while another endpoint of the same project hangs with 10,000 events
// waiting for it, beside the same load without that endpoint. Each side has a database and a worker process of its own,
// in turns; the figure is the median of the rounds' ratios of the 99th percentiles. Fails above RATIO_MAX.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { migrate } from '@reelay/db';
import { startEmbeddedPostgres } from '@reelay/embedded';
import { freshDatabase } from './common/fresh-database.mjs';
import { median } from './common/median.mjs';
import { measureOthers } from './deliveries/measure-others.mjs';

const ROUNDS = 5;
const RATIO_MAX = 1.5;
const HANGING_EVENTS = 10_000;

const here = path.dirname(fileURLToPath(import.meta.url));
const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-bench-'));
chmodSync(directory, 0o711); // under root the server runs as another account and has to pass through
const postgres = await startEmbeddedPostgres({ dataDir: path.join(directory, 'postgres') });
try {
  await migrate(postgres.url, path.join(here, '../prisma/migrations'));
  process.exitCode = judge(await measureRounds());
} finally {
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function measureRounds() {
  const rounds = [];
  for (let n = 1; n <= ROUNDS; n++) {
    const sides = n % 2 === 0 ? ['alone', 'beside'] : ['beside', 'alone'];
    const round = {};
    for (const side of sides) {
      const url = await freshDatabase(postgres.url);
      round[side] = await measureOthers(url, { hangingEvents: side === 'beside' ? HANGING_EVENTS : 0 });
    }
    console.log(`round ${n}: ${line('alone', round.alone)} · ${line('beside the hanging one', round.beside)}`);
    rounds.push(round);
  }
  return rounds;
}

function line(name, { deliveries, p50Ms, p99Ms }) {
  return `${name} p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms of ${deliveries}`;
}

function judge(rounds) {
  const ratio = median(rounds.map(({ alone, beside }) => beside.p99Ms / alone.p99Ms));
  const [aloneMs, besideMs] = ['alone', 'beside'].map((side) => median(rounds.map((round) => round[side].p99Ms)));
  console.log(
    `median: p99 alone ${aloneMs.toFixed(0)} ms, beside an endpoint that hangs with ${HANGING_EVENTS} events ` +
      `${besideMs.toFixed(0)} ms, ratio of a round ${ratio.toFixed(2)} (at most ${RATIO_MAX})`,
  );
  return ratio <= RATIO_MAX ? 0 : 1;
}
