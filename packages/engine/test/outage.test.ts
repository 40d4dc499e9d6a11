import { DEFAULT_POLICY } from '@reelay/core';
import { countUnclear, inTransaction, readBatch, setEmbargo } from '@reelay/db';
import { settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
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

/** Sends what is reserved, all at once. */
async function sendReserved() {
  const ids = (await db().prisma.attempt.findMany({ where: { state: 'reserved' } })).map(({ id }) => id);
  return Promise.all(ids.map((id) => submitAttempt(engine.context, id)));
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
    const batch = await makeBatch(db(), { jobs: 60 });
    engine.sim.setFaults({ 'submit.error_503_before_accept': 1 });
    for (let round = 0; round < 60 && (await account()).embargo_reason === null; round++) {
      await engine.reserve();
      await sendReserved();
      await db().prisma.$executeRaw`UPDATE attempts SET slot_until = now() WHERE state = 'unknown'`;
    }
    const parked = await countUnknown();
    expect(parked).toBeLessThanOrEqual(K + IN_FLIGHT);
    expect(await account()).toMatchObject({ embargo_reason: 'provider_down', refusals_in_row: 1 });
    expect(await pauseOf(batch)).toBe('provider_down');

    await probe(3);
    expect(await countUnknown()).toBe(parked + 3);
    expect(await account()).toMatchObject({ refusals_in_row: 4 });

    engine.sim.setFaults({});
    await untilDone(60 - parked - 3);
    expect(await account()).toMatchObject({ embargo_reason: null, refusals_in_row: 0, unclear_in_row: 0 });
    expect(await pauseOf(batch)).toBeNull();
  });

  it('lets one attempt out of many that were reserved before it, however many workers try', async () => {
    await makeBatch(db(), { jobs: 20 });
    await engine.reserve();
    await inTransaction(db(), (tx) => setEmbargo(tx, { durationMs: 0, pauseReason: 'provider_down' }));
    engine.sim.setFaults({ 'submit.hang_before_accept': { p: 1, ms: 1_000 } });
    const reports = await sendReserved();

    expect(reports.filter(({ kind }) => kind === 'unknown')).toHaveLength(1);
    expect(reports.filter(({ kind }) => kind === 'held')).toHaveLength(IN_FLIGHT - 1);
  });

  it('is over when fal refuses the probe itself', async () => {
    await makeBatch(db(), { jobs: 1 });
    await inTransaction(db(), (tx) => setEmbargo(tx, { durationMs: 0, pauseReason: 'provider_down' }));
    engine.sim.setFaults({ 'submit.refuse_422': 1 });
    await engine.reserve();
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

  it('between clear ones closes nothing', async () => {
    await makeBatch(db(), { jobs: 3 * K });
    for (let round = 0; round < 2; round++) {
      engine.sim.setFaults({ 'submit.error_503_before_accept': 1 });
      for (const id of (await engine.reserve()).slice(0, 2)) await submitAttempt(engine.context, id);
      engine.sim.setFaults({});
      await sendReserved();
    }

    expect(await account()).toMatchObject({ embargo_reason: null, unclear_in_row: 0 });
  });
});

describe("fal's own no", () => {
  const refusals = [
    ['a locked account', 'provider_balance', () => engine.sim.lock(), () => engine.sim.unlock()],
    [
      'a refused key',
      'provider_down',
      () => engine.sim.setFaults({ 'submit.refuse_401': 1 }),
      () => engine.sim.setFaults({}),
    ],
  ] as const;

  it.each(refusals)('%s pauses with %s, costs no attempt, is probed and ends by itself', async (_, reason, begin, end) => {
    const batch = await makeBatch(db(), { jobs: 10 });
    begin();
    await engine.reserve();
    await sendReserved();
    expect(await pauseOf(batch)).toBe(reason);
    await probe(2);
    expect(await pauseOf(batch)).toBe(reason);
    expect(await countUnknown()).toBe(0);

    end();
    await untilDone(10);
    expect(await pauseOf(batch)).toBeNull();
    expect(await db().prisma.job.count({ where: { failed_attempts: { gt: 0 } } })).toBe(0);
  });
});
