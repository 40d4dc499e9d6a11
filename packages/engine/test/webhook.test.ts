import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setInFlightMax } from '@reelay/db';
import { dispatch, type ReceiveReport, receiveWebhook, settleAttempt, submitAttempt } from '@reelay/engine';
import { type FalSim, startFalSim } from '@reelay/fal-sim';
import {
  createTestContext,
  createTestDatabase,
  eventually,
  makeBatch,
  type TestContext,
  type TestDatabase,
} from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let sim: FalSim;
let database: TestDatabase;
let context: TestContext;
let door: http.Server;
let reports: ReceiveReport[];

beforeEach(async () => {
  reports = [];
  door = http
    .createServer((request, response) => {
      receive(request, response).catch(() => response.writeHead(500).end());
    })
    .listen(0, '127.0.0.1');
  await once(door, 'listening');
  sim = await startFalSim({ speed: 10_000, retentionSeconds: 10_000_000 });
  database = await createTestDatabase();
  context = createTestContext({
    databaseUrl: database.url,
    falUrl: sim.url,
    publicUrl: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
  });
  await setInFlightMax(context.db, 100);
});
afterEach(async () => {
  await sim.close();
  door.closeAllConnections();
  door.close();
  await context.close();
  await database.drop();
});

async function receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, , , attemptId = '', token = ''] = (request.url ?? '').split('/');
  const report = await receiveWebhook(context, {
    attemptId,
    token,
    headers: request.headers,
    rawBody: Buffer.concat(chunks),
  });
  reports.push(report);
  response.writeHead(report.kind === 'forged' ? 401 : 200).end();
}

async function submitOne(): Promise<{ attemptId: string; jobId: string; report: string }> {
  const { jobIds } = await makeBatch(context.db, { jobs: 1 });
  await dispatch(context);
  const [attemptId = ''] = context.tasks.take('submit');
  const { kind } = await submitAttempt(context, attemptId);
  return { attemptId, jobId: jobIds[0] ?? '', report: kind };
}

const kinds = () => reports.map(({ kind }) => kind);
const attemptRow = (id: string) => context.db.prisma.attempt.findUniqueOrThrow({ where: { id } });
const woken = (attemptId: string) => eventually(() => context.tasks.take('settle').includes(attemptId));

describe("fal's callback", () => {
  it('is stored, wakes settle, and settles without a poll', async () => {
    const { attemptId } = await submitOne();
    await woken(attemptId);

    expect(await settleAttempt(context, attemptId)).toMatchObject({ kind: 'settled' });
    expect(await context.db.prisma.webhookInbox.findMany()).toMatchObject([
      { attempt_id: attemptId, processed_at: expect.any(Date) },
    ]);
  });

  it('delivered several times is one row and one charge', async () => {
    sim.setFaults({ 'webhook.duplicate': 1 });
    const { attemptId } = await submitOne();
    await eventually(() => kinds().includes('duplicate'));
    await Promise.all([settleAttempt(context, attemptId), settleAttempt(context, attemptId)]);

    expect(await context.db.prisma.ledgerEntry.count({ where: { attempt_id: attemptId, kind: 'charge' } })).toBe(1);
  });

  it.each(['submit.reset_after_accept', 'submit.error_502_after_accept'] as const)(
    'finds an attempt again whose answer was lost to %s, and pays it once',
    async (fault) => {
      sim.setFaults({ [fault]: 1 });
      const { attemptId, jobId, report } = await submitOne();
      expect(report).toBe('unknown');
      await woken(attemptId);

      expect(await settleAttempt(context, attemptId)).toMatchObject({ kind: 'settled' });
      expect(await attemptRow(attemptId)).toMatchObject({ state: 'succeeded' });
      expect(sim.ledger().filter(({ tags }) => tags.job === jobId)).toHaveLength(1);
    },
  );

  it('that outruns the answer to the submit binds the request, and the answer changes nothing', async () => {
    sim.setFaults({ 'webhook.before_submit_response': 1 });
    const { attemptId, report } = await submitOne();

    expect(report).toBe('accepted');
    await eventually(async () => (await settleAttempt(context, attemptId)).kind !== 'waiting');
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'succeeded' });
    expect(await context.db.prisma.orphanAcceptance.count()).toBe(0);
  });

  it('for a second request of the same attempt is kept as an orphan acceptance', async () => {
    sim.setFaults({ 'run.stuck': 1 });
    const { attemptId } = await submitOne();
    sim.setFaults({});
    const webhook = encodeURIComponent(context.fal.webhookUrl(attemptId) ?? '');
    await fetch(`${sim.url}/fal-ai/wan/v2.2-a14b/video-to-video?fal_webhook=${webhook}`, {
      method: 'POST',
      headers: { authorization: 'Key k', 'content-type': 'application/json' },
      body: JSON.stringify({ video_url: 'https://media.example.com/a.mp4', prompt: 'x', seed: 7 }),
    });
    await woken(attemptId);
    await settleAttempt(context, attemptId);

    expect(await context.db.prisma.orphanAcceptance.findMany()).toMatchObject([
      { attempt_id: attemptId, source: 'webhook' },
    ]);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'accepted' });
  });
});

describe('a callback that is not to be believed', () => {
  it('with a bad signature changes nothing', async () => {
    sim.setFaults({ 'webhook.bad_signature': 1, 'webhook.lose': 1 });
    const { attemptId } = await submitOne();
    await eventually(() => kinds().includes('forged'));

    expect(await context.db.prisma.webhookInbox.count()).toBe(0);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'accepted' });
  });

  it('with a wrong token is refused before anything is verified', async () => {
    const { attemptId } = await submitOne();
    const report = await receiveWebhook(context, { attemptId, token: 'x', headers: {}, rawBody: Buffer.from('{}') });

    expect(report).toEqual({ kind: 'forged', reason: 'token' });
  });

  it('that is authentic but stale is only a hint to look', async () => {
    sim.setFaults({ 'webhook.stale_timestamp': 1, 'webhook.lose': 1 });
    const { attemptId } = await submitOne();
    await eventually(() => kinds().includes('stale'));
    await woken(attemptId);

    expect(await settleAttempt(context, attemptId)).toMatchObject({ kind: 'settled' });
  });
});
