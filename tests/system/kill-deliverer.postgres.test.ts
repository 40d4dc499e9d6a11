import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { appendEvent } from '@reelay/db';
import { createEndpoint, createSecretBox } from '@reelay/engine';
import { parseAllowList } from '@reelay/outbound';
import { eventually, makeProject, TEST_WEBHOOK_SECRET, uniqueId } from '@reelay/testkit';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type System, startSystem } from './harness/start-system.ts';

const EVENTS = 5;
const DEATHS = 3;
const LEASE_MS = 30_000;
const PATIENCE = { timeoutMs: 60_000, intervalMs: 50 };

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

let system: System;
let sink: Server;
let received: Received[];
let url: string;

/** Says yes to everything. */
beforeEach(async () => {
  received = [];
  sink = createServer(async (request, response) => {
    const body = await text(request);
    received.push({ headers: request.headers as Record<string, string>, body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  await system?.stop();
  sink.closeAllConnections();
  await new Promise((resolve) => sink.close(resolve));
});

async function makeEndpoint(projectId: string): Promise<{ id: string; secret: string }> {
  const read = parseAllowList('127.0.0.0/8');
  if (read.kind === 'invalid') throw new Error(read.entry);
  const secretBox = createSecretBox(TEST_WEBHOOK_SECRET);
  const context = { db: system.db, secretBox, now: Date.now, outbound: { allow: read.allow } };
  const made = await createEndpoint(context, { projectId, url });
  if (made.kind !== 'created') throw new Error(JSON.stringify(made));
  return { id: made.view.id, secret: made.secret };
}

/** Starts a worker that dies with an answer in hand; returns the ids that the sink has said yes to until then. */
async function dieWithAnswer(): Promise<string[]> {
  const before = received.length;
  const worker = await system.startWorker('delivery.answered');
  await eventually(() => expect(worker.endSignal()).toBe('SIGKILL'), PATIENCE);
  return received.slice(before).map(idOf);
}

const idOf = ({ headers }: Received) => headers['webhook-id'] ?? '';

/** What a dead deliverer held is due when its lease is over: as if that time had passed. */
async function letLeasesEnd(): Promise<void> {
  const earlier = `- interval '${LEASE_MS} milliseconds'`;
  await system.db.pool.query(`UPDATE deliveries SET due_at = due_at ${earlier} WHERE lease IS NOT NULL`);
  await system.db.pool.query(`UPDATE endpoints SET next_due_at = next_due_at ${earlier}`);
}

it('kill -9 of the deliverer between the 2xx and its commit loses no event: each comes again under the same id', async () => {
  const env = { REELAY_OUTBOUND_ALLOW: '127.0.0.0/8' };
  system = await startSystem({ speed: 1, inFlightMax: 1, timeScale: 1, workers: 0, env });
  const projectId = await makeProject(system.db);
  const endpoint = await makeEndpoint(projectId);
  const told: string[] = [];
  for (let n = 0; n < EVENTS; n++) {
    const id = uniqueId('event');
    await appendEvent(system.db.prisma, { id, projectId, type: 'batch.paused', subjectId: 'b', data: { n } });
    told.push(id);
  }

  const taken: string[] = [];
  for (let death = 0; death < DEATHS; death++) {
    taken.push(...(await dieWithAnswer()));
    const rows = await system.db.prisma.delivery.findMany();
    expect(rows.map(({ state, tries }) => [state, tries])).toEqual(told.map(() => ['pending', 0]));
    await letLeasesEnd();
  }
  expect(taken.length).toBeGreaterThanOrEqual(DEATHS);
  await system.startWorker();

  await eventually(async () => {
    const rows = await system.db.prisma.delivery.findMany({ orderBy: { event_seq: 'asc' } });
    expect(rows.map(({ state, tries }) => [state, tries])).toEqual(told.map(() => ['delivered', 1]));
    expect(rows.map(({ event_seq }) => Number(event_seq))).toEqual(told.map((_, n) => n + 1));
  }, PATIENCE);
  expect(new Set(received.map(idOf))).toEqual(new Set(told));
  for (const id of taken) expect(received.filter((got) => idOf(got) === id).length).toBeGreaterThan(1);
  const bodies = new Map(received.map((got) => [idOf(got), got.body]));
  for (const got of received) {
    expect(got.body).toBe(bodies.get(idOf(got)));
    expect(new Webhook(endpoint.secret).verify(got.body, got.headers)).toMatchObject({ id: idOf(got) });
  }
});
