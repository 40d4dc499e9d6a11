import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { dispatch, type ReceiveReport, receiveWebhook, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

let door: http.Server;
let reports: ReceiveReport[];

beforeEach(async () => {
  reports = [];
  door = http.createServer((request, response) => {
    receive(request, response).catch(() => response.writeHead(500).end());
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
});
afterEach(() => {
  door.closeAllConnections();
  door.close();
});
const engine = useEngine({
  inFlightMax: 100,
  publicUrl: () => `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
});

async function receive(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, , , attemptId = '', token = ''] = (request.url ?? '').split('/');
  const report = await receiveWebhook(engine.context, {
    attemptId,
    token,
    headers: request.headers,
    rawBody: Buffer.concat(chunks),
  });
  reports.push(report);
  response.writeHead(report.kind === 'forged' ? 401 : 200).end();
}

async function submitOne(): Promise<{ attemptId: string; jobId: string; report: string }> {
  const { jobIds } = await makeBatch(engine.context.db, { jobs: 1 });
  await dispatch(engine.context);
  const [attemptId = ''] = engine.context.tasks.take('submit');
  const { kind } = await submitAttempt(engine.context, attemptId);
  return { attemptId, jobId: jobIds[0] ?? '', report: kind };
}

const kinds = () => reports.map(({ kind }) => kind);
const attemptRow = (id: string) => engine.context.db.prisma.attempt.findUniqueOrThrow({ where: { id } });
const woken = (attemptId: string) => eventually(() => engine.context.tasks.take('settle').includes(attemptId));

describe("fal's callback", () => {
  it('is stored, wakes settle, and settles without a poll', async () => {
    const { attemptId } = await submitOne();
    await woken(attemptId);

    expect(await settleAttempt(engine.context, attemptId)).toMatchObject({ kind: 'settled' });
    expect(await engine.context.db.prisma.webhookInbox.findMany()).toMatchObject([
      { attempt_id: attemptId, processed_at: expect.any(Date) },
    ]);
  });

  it('delivered several times is one row and one charge', async () => {
    engine.sim.setFaults({ 'webhook.duplicate': 1 });
    const { attemptId } = await submitOne();
    await eventually(() => kinds().includes('duplicate'));
    await Promise.all([settleAttempt(engine.context, attemptId), settleAttempt(engine.context, attemptId)]);

    expect(await engine.context.db.prisma.ledgerEntry.count({ where: { attempt_id: attemptId, kind: 'charge' } })).toBe(
      1,
    );
  });

  it.each(['submit.reset_after_accept', 'submit.error_502_after_accept'] as const)(
    'finds an attempt again whose answer was lost to %s, and pays it once',
    async (fault) => {
      engine.sim.setFaults({ [fault]: 1 });
      const { attemptId, jobId, report } = await submitOne();
      expect(report).toBe('unknown');
      await woken(attemptId);

      expect(await settleAttempt(engine.context, attemptId)).toMatchObject({ kind: 'settled' });
      expect(await attemptRow(attemptId)).toMatchObject({ state: 'succeeded' });
      expect(engine.sim.ledger().filter(({ tags }) => tags.job === jobId)).toHaveLength(1);
    },
  );

  it('that outruns the answer to the submit binds the request, and the answer changes nothing', async () => {
    engine.sim.setFaults({ 'webhook.before_submit_response': 1 });
    const { attemptId, report } = await submitOne();

    expect(report).toBe('accepted');
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind !== 'waiting');
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'succeeded' });
    expect(await engine.context.db.prisma.orphanAcceptance.count()).toBe(0);
  });

  it('for a second request of the same attempt is kept as an orphan acceptance, and its result is used', async () => {
    engine.sim.setFaults({ 'run.stuck': 1 });
    const { attemptId, jobId } = await submitOne();
    engine.sim.setFaults({});
    const webhook = encodeURIComponent(engine.context.fal.webhookUrl(attemptId) ?? '');
    await fetch(`${engine.sim.url}/fal-ai/wan/v2.2-a14b/video-to-video?fal_webhook=${webhook}`, {
      method: 'POST',
      headers: { authorization: 'Key k', 'content-type': 'application/json' },
      body: JSON.stringify({ video_url: 'https://media.example.com/a.mp4', prompt: 'x', seed: 7 }),
    });
    await woken(attemptId);
    await settleAttempt(engine.context, attemptId);

    expect(await engine.context.db.prisma.orphanAcceptance.findMany()).toMatchObject([
      { attempt_id: attemptId, source: 'webhook', outcome: 'succeeded', used: true },
    ]);
    expect(await engine.context.db.prisma.job.findUnique({ where: { id: jobId } })).toMatchObject({
      status: 'succeeded',
    });
  });
});

describe('a callback that is not to be believed', () => {
  it('with a bad signature changes nothing', async () => {
    engine.sim.setFaults({ 'webhook.bad_signature': 1, 'webhook.lose': 1 });
    const { attemptId } = await submitOne();
    await eventually(() => kinds().includes('forged'));

    expect(await engine.context.db.prisma.webhookInbox.count()).toBe(0);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'accepted' });
  });

  it('with a wrong token is refused before anything is verified', async () => {
    const { attemptId } = await submitOne();
    const report = await receiveWebhook(engine.context, {
      attemptId,
      token: 'x',
      headers: {},
      rawBody: Buffer.from('{}'),
    });

    expect(report).toEqual({ kind: 'forged', reason: 'token' });
  });

  it('that is authentic but stale is only a hint to look', async () => {
    engine.sim.setFaults({ 'webhook.stale_timestamp': 1, 'webhook.lose': 1 });
    const { attemptId } = await submitOne();
    await eventually(() => kinds().includes('stale'));
    await woken(attemptId);

    expect(await settleAttempt(engine.context, attemptId)).toMatchObject({ kind: 'settled' });
  });
});
