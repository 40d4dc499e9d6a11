import { insertCallback, inTransaction } from '@reelay/db';
import { settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 10, listing: true, policy: { reviewDeadlineMs: 1e12 } });

const ALWAYS = { p: 1, reads: 1_000_000 };
const OUTPUT = { video: { url: 'https://media.example.com/out.mp4', content_type: 'video/mp4' }, seed: 7 };
const db = () => engine.context.db;
const settle = (attemptId: string) => settleAttempt(engine.context, attemptId);
const job = () => db().prisma.job.findFirstOrThrow();

async function submitFinished() {
  await makeBatch(db(), { jobs: 1 });
  const [attemptId = ''] = await engine.reserve();
  await submitAttempt(engine.context, attemptId);
  await eventually(() => engine.sim.ledger().every(({ finished_at }) => finished_at !== null));
  return { attemptId, requestId: engine.sim.ledger()[0]?.request_id ?? '' };
}

async function lookTimes(attemptId: string, times: number): Promise<string[]> {
  const kinds: string[] = [];
  for (let look = 0; look < times; look++) kinds.push((await settle(attemptId)).kind);
  return kinds;
}

/** One acceptance, and what was charged is what fal bills. */
async function expectPaidOnce(): Promise<void> {
  expect(await engine.reserve()).toEqual([]);
  expect(engine.sim.ledger()).toHaveLength(1);
  const charges = await db().prisma.ledgerEntry.findMany({ where: { kind: 'charge' } });
  expect(charges.map(({ amount_nano_usd }) => Number(amount_nano_usd))).toEqual(
    engine.sim.ledger().map(({ billed_nano_usd }) => Number(billed_nano_usd)),
  );
}

describe('a typed 5xx at the result of a run that fal called good', () => {
  it('is not bought again: the copy in the callback ends it, whatever a stale one said before', async () => {
    engine.sim.setFaults({ 'result.typed_5xx_after_success': ALWAYS, 'listing.miss': 1 });
    const { attemptId, requestId } = await submitFinished();
    for (const stale of [true, false]) {
      const callback = {
        attemptId,
        requestId,
        failed: stale,
        stale,
        payload: stale ? null : OUTPUT,
        digest: `${stale}`,
      };
      await inTransaction(db(), (tx) => insertCallback(tx, callback));
    }

    expect(await lookTimes(attemptId, 4)).toEqual(['waiting', 'waiting', 'waiting', 'settled']);
    expect(await job()).toMatchObject({ status: 'succeeded', output: OUTPUT });
    await expectPaidOnce();
  });

  it('is not bought again: the listing ends it when only the status called it good', async () => {
    engine.sim.setFaults({ 'result.typed_5xx_after_success': ALWAYS });
    const { attemptId } = await submitFinished();

    expect((await lookTimes(attemptId, 4)).at(-1)).toBe('settled');
    expect(await job()).toMatchObject({ status: 'succeeded' });
    await expectPaidOnce();
  });

  it('is not bought again: without any copy a person is asked, and a result that comes back still counts', async () => {
    engine.sim.setFaults({ 'result.typed_5xx_after_success': ALWAYS, 'listing.miss': 1 });
    const { attemptId } = await submitFinished();
    await lookTimes(attemptId, 4);
    expect(await job()).toMatchObject({ status: 'needs_review', status_detail: 'result_lost' });
    expect(await engine.reserve()).toEqual([]);

    engine.sim.setFaults({});
    await settle(attemptId);

    expect(await job()).toMatchObject({ status: 'succeeded' });
    await expectPaidOnce();
  });

  it('counts from the first error on, not from the polls before it', async () => {
    engine.sim.setFaults({ 'result.typed_5xx_after_success': { p: 1, reads: 3 } });
    const { attemptId } = await submitFinished();
    const { fal } = engine.context;
    const running = { ...engine.context, fal: { ...fal, status: async () => ({ kind: 'running' }) as const } };
    for (let poll = 0; poll < 5; poll++) await settleAttempt(running, attemptId);

    expect(await lookTimes(attemptId, 2)).toEqual(['waiting', 'waiting']);
    await settleAttempt(running, attemptId);
    expect(await db().prisma.attempt.findUniqueOrThrow({ where: { id: attemptId } })).toMatchObject({ unconfirmed: 0 });
    expect(await lookTimes(attemptId, 2)).toEqual(['waiting', 'settled']);
    await expectPaidOnce();
  });
});

describe('a run that did fail is run again', () => {
  it('at once when the callback says so', async () => {
    engine.sim.setFaults({ 'run.fail_500': 1 });
    const { attemptId, requestId } = await submitFinished();
    const callback = { attemptId, requestId, failed: true, stale: false, payload: null, digest: 'failed' };
    await inTransaction(db(), (tx) => insertCallback(tx, callback));

    expect(await lookTimes(attemptId, 1)).toEqual(['settled']);
    expect(await job()).toMatchObject({ status: 'queued', failed_attempts: 1 });
  });

  it("when the model's own error, which the status leaves out, lasts", async () => {
    engine.sim.setFaults({ 'run.fail_500': 1 });
    const { attemptId } = await submitFinished();

    expect(await lookTimes(attemptId, 4)).toEqual(['waiting', 'waiting', 'waiting', 'settled']);
    expect(await job()).toMatchObject({ status: 'queued', failed_attempts: 1 });
  });
});

it('an error that lasts and that nothing contradicts is the verdict', async () => {
  engine.sim.setFaults({ 'run.fail_500': 1 });
  const { attemptId } = await submitFinished();
  const { fal } = engine.context;
  const silent = { ...engine.context, fal: { ...fal, status: async () => ({ kind: 'gone' }) as const } };
  const kinds: string[] = [];
  for (let look = 0; look < 4; look++) kinds.push((await settleAttempt(silent, attemptId)).kind);

  expect(kinds).toEqual(['waiting', 'waiting', 'waiting', 'settled']);
  expect(await job()).toMatchObject({ status: 'queued' });
});
