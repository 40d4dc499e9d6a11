// A worker process on the database, endpoints that answer at once, and one that never does. Returns how long each event
// took from its commit to the endpoints that answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { appendEvent, connectDb } from '@reelay/db';
import { createEndpoint, createProject, createSecretBox } from '@reelay/engine';
import { parseAllowList } from '@reelay/outbound';
import { quantile } from '../common/median.mjs';
import { SECRET } from '../common/secret.mjs';
import { startSink } from './start-sink.mjs';
import { startWorker } from './start-worker.mjs';

const OTHERS = 10;
const EVENT_EVERY_MS = 100;
const WARM_UP_EVENTS = 20;
// Longer than a call may hang: calls end, others begin.
const EVENTS = 200;
const { allow } = parseAllowList('127.0.0.0/8');

export async function measureOthers(url, { hangingEvents }) {
  const db = connectDb({ url, maxConnections: 4, applicationName: 'bench', statementTimeoutMs: 60_000 });
  const context = { db, now: Date.now, secretBox: createSecretBox(SECRET), outbound: { allow } };
  const projectId = await createProject(context, { name: 'bench' });
  const hanging = await startSink(false);
  const others = await Promise.all(Array.from({ length: OTHERS }, () => startSink(true)));
  const worker = await startWorker(url);
  try {
    for (const sink of others) await addEndpoint(context, projectId, sink.url, 'budget.threshold');
    if (hangingEvents > 0) {
      await addEndpoint(context, projectId, hanging.url, 'batch.paused');
      await fillLog(db, projectId, hangingEvents);
      await until(() => hanging.arrivals.size > 0 && isNumbered(db, projectId, hangingEvents));
    }
    const ids = await tell(db, projectId);
    await until(() => others.every((sink) => ids.every((id) => sink.arrivals.has(id.id))));
    return summarise(ids.slice(WARM_UP_EVENTS), others);
  } finally {
    await worker.kill();
    for (const sink of [hanging, ...others]) await sink.close();
    await db.close();
  }
}

async function addEndpoint(context, projectId, url, type) {
  const made = await createEndpoint(context, { projectId, url, eventTypes: [type] });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
}

async function fillLog(db, projectId, count) {
  await db.pool.query(
    `INSERT INTO events (id, project_id, type, subject_id, body)
     SELECT id, $1, 'batch.paused', 'b', '{"id":"' || id || '","type":"batch.paused","data":{}}'
     FROM (SELECT new_id('evt') AS id FROM generate_series(1, $2::int)) made`,
    [projectId, count],
  );
}

async function isNumbered(db, projectId, count) {
  const { rows } = await db.pool.query('SELECT last_seq FROM event_heads WHERE project_id = $1', [projectId]);
  return Number(rows[0].last_seq) >= count;
}

async function tell(db, projectId) {
  const told = [];
  const startMs = performance.now();
  for (let n = 0; n < WARM_UP_EVENTS + EVENTS; n++) {
    await sleep(Math.max(0, startMs + n * EVENT_EVERY_MS - performance.now()));
    const id = `evt_bench${n}`;
    await appendEvent(db.prisma, { id, projectId, type: 'budget.threshold', subjectId: 's', data: { n } });
    told.push({ id, atMs: performance.now() });
  }
  return told;
}

function summarise(told, others) {
  const tookMs = others.flatMap(({ arrivals }) => told.map(({ id, atMs }) => arrivals.get(id) - atMs));
  return { deliveries: tookMs.length, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
}

async function until(isSo) {
  const deadlineMs = performance.now() + 120_000;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error('what was told did not arrive');
    await sleep(50);
  }
}
