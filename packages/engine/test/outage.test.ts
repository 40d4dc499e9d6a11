import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { DEFAULT_POLICY } from '@reelay/core';
import { countUnclear, inTransaction, readBatch, setEmbargo } from '@reelay/db';
import { settleAttempt, submitAttempt } from '@reelay/engine';
import { createFal, type Fal } from '@reelay/fal';
import { eventually, makeBatch, TEST_WEBHOOK_SECRET } from '@reelay/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const IN_FLIGHT = 8;
const engine = useEngine({ inFlightMax: IN_FLIGHT });
const K = DEFAULT_POLICY.unclearAnswersMax;

const db = () => engine.context.db;
const account = () => db().prisma.providerAccount.findUniqueOrThrow({ where: { id: 'fal' } });
const endEmbargo = () =>
  db().prisma.$executeRaw`UPDATE provider_accounts SET embargo_until = now() WHERE embargo_until > now()`;
const countUnknown = () => db().prisma.attempt.count({ where: { state: 'unknown' } });
const pauseOf = async ({ projectId, batchId }: { projectId: string; batchId: string }) =>
  (await inTransaction(db(), (tx) => readBatch(tx, projectId, batchId)))?.account_pause ?? null;

/** Where fal refuses the key: fal-sim takes every key, so a server beside it says no as fal does. */
let refusing: { readonly fal: Fal; readonly server: Server } | null = null;

async function breakKey(): Promise<void> {
  const server = createServer((_, reply) => {
    reply.writeHead(401, { 'content-type': 'application/json' });
    reply.end(JSON.stringify({ detail: 'Authentication is required to access this application.' }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const fal = createFal({
    credentials: 'test-key',
    queueUrl: url,
    jwksUrl: url,
    timeouts: { submitMs: 2_000, readMs: 2_000 },
    webhookSecret: TEST_WEBHOOK_SECRET,
    publicUrl: null,
    platformUrl: null,
    webhookUserId: null,
  });
  refusing = { fal, server };
}

async function mendKey(): Promise<void> {
  await refusing?.fal.close();
  refusing?.server.close();
  refusing = null;
}

afterEach(() => mendKey());

/** Sends what is reserved, all at once. */
async function sendReserved() {
  const ids = (await db().prisma.attempt.findMany({ where: { state: 'reserved' } })).map(({ id }) => id);
  const context = { ...engine.context, ...(refusing ? { fal: refusing.fal } : {}) };
  return Promise.all(ids.map((id) => submitAttempt(context, id)));
}

/** Dispatches and sends, whatever the embargo, as often as told. */
async function probe(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await endEmbargo();
    // A day later: unknown attempts have long given their slots back.
    await db().prisma.$executeRaw`UPDATE attempts SET slot_until = now() WHERE state = 'unknown'`;
    await engine.reserve();
    await sendReserved();
  }
}

async function untilDone(jobs: number): Promise<void> {
  await eventually(async () => {
    await engine.reserve();
    await sendReserved();
    const accepted = await db().prisma.attempt.findMany({ where: { state: 'accepted' } });
    for (const { id } of accepted) await settleAttempt(engine.context, id);
    return (await db().prisma.job.count({ where: { status: 'succeeded' } })) === jobs;
  });
}

describe('an outage in which every submit is answered 503', () => {
  it('parks a row of answers, what was on its way and one job a probe; says provider_down; and ends by itself', async () => {
    const batch = await makeBatch(db(), { jobs: 30 });
    engine.sim.setFaults({ 'submit.error_503_before_accept': 1 });
    for (let round = 0; round < 60 && (await account()).embargo_reason === null; round++) {
      await engine.reserve();
      await sendReserved();
      await db().prisma.$executeRaw`UPDATE attempts SET slot_until = now() WHERE state = 'unknown'`;
    }
    const parked = await countUnknown();
    expect(parked).toBeLessThanOrEqual(K + IN_FLIGHT);
    // More than one when a send that was under way ends after the embargo began.
    expect(await account()).toMatchObject({ embargo_reason: 'provider_down' });
    expect((await account()).refusals_in_row).toBeGreaterThanOrEqual(1);
    expect(await pauseOf(batch)).toBe('provider_down');

    await probe(3);
    expect(await countUnknown()).toBe(parked + 3);
    expect(await account()).toMatchObject({ refusals_in_row: 4 });

    engine.sim.setFaults({});
    await untilDone(30 - parked - 3);
    expect(await account()).toMatchObject({ embargo_reason: null, refusals_in_row: 0, unclear_in_row: 0 });
    expect(await pauseOf(batch)).toBeNull();
  });

  it('lets one attempt out of many that were reserved before it, however many workers try', async () => {
    await makeBatch(db(), { jobs: 20 });
    await engine.reserve();
    await inTransaction(db(), (tx) => setEmbargo(tx, { durationMs: 0, pauseReason: 'provider_down' }));
    engine.sim.setFaults({ 'submit.hang_after_accept': { p: 1, ms: 10_000 } });
    const reports = await sendReserved();

    expect(reports.filter(({ kind }) => kind === 'unknown')).toHaveLength(1);
    expect(reports.filter(({ kind }) => kind === 'held')).toHaveLength(IN_FLIGHT - 1);
  });

  it('is over when fal refuses the probe itself', async () => {
    await makeBatch(db(), { jobs: 1 });
    await inTransaction(db(), (tx) => setEmbargo(tx, { durationMs: 0, pauseReason: 'provider_down' }));
    await engine.reserve();
    await db().prisma.$executeRaw`UPDATE attempts SET model = 'fal-ai/no-such-model'`;
    await sendReserved();

    expect(await account()).toMatchObject({ embargo_reason: null, refusals_in_row: 0 });
  });
});

describe('an unclear answer', () => {
  const sent = (ms: number) => new Date(Date.now() + ms);

  it('to what was sent before the embargo was set does not count', async () => {
    const before = sent(-1_000);
    await inTransaction(db(), (tx) => setEmbargo(tx, { durationMs: 0, pauseReason: 'provider_down' }));

    expect(await inTransaction(db(), (tx) => countUnclear(tx, before))).toBeNull();
    expect(await inTransaction(db(), (tx) => countUnclear(tx, sent(1_000)))).toMatchObject({ isProbe: true });
  });

  it('does not count once fal has taken what was sent later', async () => {
    await makeBatch(db(), { jobs: 1 });
    const before = sent(-1_000);
    await engine.reserve();
    await sendReserved();

    expect(await inTransaction(db(), (tx) => countUnclear(tx, before))).toBeNull();
  });

  it('is counted by each of two workers at once', async () => {
    const at = sent(1_000);
    const both = await Promise.all([1, 2].map(() => inTransaction(db(), (tx) => countUnclear(tx, at))));

    expect(both.map((standing) => standing?.unclearInARow).toSorted()).toEqual([1, 2]);
  });

  it('is forgotten with the next clear one', async () => {
    await makeBatch(db(), { jobs: IN_FLIGHT });
    engine.sim.setFaults({ 'submit.error_503_before_accept': 1 });
    for (const id of (await engine.reserve()).slice(0, K - 1)) await submitAttempt(engine.context, id);
    expect(await account()).toMatchObject({ embargo_reason: null, unclear_in_row: K - 1 });
    engine.sim.setFaults({});
    await sendReserved();

    expect(await account()).toMatchObject({ embargo_reason: null, unclear_in_row: 0 });
  });
});

describe("fal's own no", () => {
  const refusals = [
    ['a locked account', 'provider_balance', () => engine.sim.lock(), () => engine.sim.unlock()],
    ['a refused key', 'provider_down', breakKey, mendKey],
  ] as const;

  it.each(refusals)(
    '%s pauses with %s, costs no attempt, is probed and ends by itself',
    async (_, reason, begin, end) => {
      const batch = await makeBatch(db(), { jobs: 10 });
      await begin();
      await engine.reserve();
      await sendReserved();
      expect(await pauseOf(batch)).toBe(reason);
      await probe(2);
      expect(await pauseOf(batch)).toBe(reason);
      expect(await countUnknown()).toBe(0);

      await end();
      await untilDone(10);
      expect(await pauseOf(batch)).toBeNull();
      expect(await db().prisma.job.count({ where: { failed_attempts: { gt: 0 } } })).toBe(0);
    },
  );
});
