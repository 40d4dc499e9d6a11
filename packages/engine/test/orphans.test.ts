import { foldLedger, insertCallback, inTransaction } from '@reelay/db';
import { listAttempts, patrol, resolveJob, retryJob, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch, TEST_INPUT } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 10, policy: { evidenceMs: [1_000] } });

const PRICE = 80_000_000n;
const db = () => engine.context.db;
const jobRow = (id: string) => db().prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => db().prisma.attempt.findUniqueOrThrow({ where: { id } });
const orphanRow = (id: string) => db().prisma.orphanAcceptance.findUniqueOrThrow({ where: { request_id: id } });
const bills = () => engine.sim.ledger().reduce((sum, { billed_nano_usd }) => sum + BigInt(billed_nano_usd), 0n);

async function entriesOf(attemptId: string): Promise<[string, bigint][]> {
  const rows = await db().prisma.ledgerEntry.findMany({ where: { attempt_id: attemptId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, amount_nano_usd }) => [kind, amount_nano_usd]);
}

async function charged(): Promise<bigint> {
  const rows = await db().prisma.ledgerEntry.findMany({ where: { kind: { in: ['charge', 'orphan_charge'] } } });
  return rows.reduce((sum, { amount_nano_usd }) => sum + amount_nano_usd, 0n);
}

async function submitOne() {
  const batch = await makeBatch(db(), { jobs: 1 });
  const [attemptId = ''] = await engine.reserve();
  await submitAttempt(engine.context, attemptId);
  return { ...batch, jobId: batch.jobIds[0] ?? '', attemptId };
}

/** A request that fal accepts beside ours, as a doubled POST would be. */
async function acceptAnother(): Promise<string> {
  const response = await fetch(`${engine.sim.url}/fal-ai/wan/v2.2-a14b/video-to-video`, {
    method: 'POST',
    headers: { authorization: 'Key k', 'content-type': 'application/json' },
    body: JSON.stringify({ ...TEST_INPUT, seed: 7 }),
  });
  const { request_id } = (await response.json()) as { request_id: string };
  return request_id;
}

const isFinished = (requestId: string) =>
  eventually(() => engine.sim.ledger().find((line) => line.request_id === requestId)?.finished_at !== null);

let deliveries = 0;
async function deliver(attemptId: string, requestId: string): Promise<void> {
  deliveries += 1;
  const callback = {
    attemptId,
    requestId,
    failed: false,
    stale: false,
    payload: null,
    digest: `delivery ${deliveries}`,
  };
  await inTransaction(db(), (tx) => insertCallback(tx, callback));
}

/** An attempt that never ends at fal, and a second acceptance for it. */
async function stuckWithOrphan(orphan: { ends: boolean }) {
  engine.sim.setFaults({ 'run.stuck': 1 });
  const one = await submitOne();
  if (orphan.ends) engine.sim.setFaults({});
  const requestId = await acceptAnother();
  engine.sim.setFaults({});
  if (orphan.ends) await isFinished(requestId);
  await deliver(one.attemptId, requestId);
  return { ...one, requestId };
}

const untilSettled = (requestId: string) =>
  eventually(async () => {
    await engine.patrolAndSettle();
    return (await orphanRow(requestId)).state === 'settled';
  });

describe('a second acceptance of one attempt', () => {
  it('that has succeeded while the job is open is its result, and the attempt is cancelled and settled by itself', async () => {
    const { jobId, batchId, attemptId, requestId } = await stuckWithOrphan({ ends: true });
    await untilSettled(requestId);
    await eventually(async () => {
      await settleAttempt(engine.context, attemptId);
      return (await attemptRow(attemptId)).state === 'failed';
    });

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', fal_request_id: requestId });
    expect(await orphanRow(requestId)).toMatchObject({ outcome: 'succeeded', used: true, cancel_asked_at: null });
    expect(await attemptRow(attemptId)).toMatchObject({ cancel_asked_at: expect.any(Date) });
    expect(await charged()).toBe(bills());
    expect((await db().prisma.batch.findUniqueOrThrow({ where: { id: batchId } })).state).toBe('completed');
  });

  it('that runs is asked to stop once, and its end changes nothing of the job', async () => {
    const { jobId, attemptId, requestId } = await stuckWithOrphan({ ends: false });
    await untilSettled(requestId);

    expect(await orphanRow(requestId)).toMatchObject({ outcome: 'failed', cancel_asked_at: expect.any(Date) });
    expect(await jobRow(jobId)).toMatchObject({ status: 'active', cancel_requested_at: null });
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'accepted', cancel_asked_at: null });
  });

  it('that comes when the job has closed is booked, and the outcome stays', async () => {
    const { jobId, attemptId } = await submitOne();
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');
    const { fal_request_id } = await jobRow(jobId);
    const requestId = await acceptAnother();
    await isFinished(requestId);
    await deliver(attemptId, requestId);
    await untilSettled(requestId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', fal_request_id });
    expect(await entriesOf(attemptId)).toEqual([
      ['reserve', PRICE],
      ['release', PRICE],
      ['charge', PRICE],
      ['orphan_charge', PRICE],
    ]);
    expect(await charged()).toBe(bills());
  });

  it('counts in the budgets of its batch and of the deployment', async () => {
    const { batchId, attemptId, requestId } = await stuckWithOrphan({ ends: true });
    await untilSettled(requestId);
    await inTransaction(db(), foldLedger);

    const sums = await db().prisma.budget.findMany({ where: { scope: { in: ['deployment', `batch:${batchId}`] } } });
    const ofAttempt = (await entriesOf(attemptId)).filter(([kind]) => kind.endsWith('charge'));
    const sum = ofAttempt.reduce((total, [, amount]) => total + amount, 0n);
    expect(sums.map(({ charged_nano_usd }) => charged_nano_usd)).toEqual([sum, sum]);
    expect(sum >= PRICE).toBe(true);
  });

  it('is shown on the attempt with its cost', async () => {
    const { jobId, projectId, requestId } = await stuckWithOrphan({ ends: true });
    await untilSettled(requestId);

    const list = await listAttempts(engine.context, { projectId, jobId, page: { limit: 5 } });
    const settled = { request_id: requestId, state: 'settled', outcome: 'succeeded', used: true };
    const orphan = { ...settled, cost: '0.08', billed: null, difference: null };
    expect(list?.data[0]?.orphans).toEqual([orphan]);
  });

  it('is booked once by many at the same time', async () => {
    const { attemptId, requestId } = await stuckWithOrphan({ ends: true });
    await Promise.all(Array.from({ length: 6 }, () => settleAttempt(engine.context, attemptId)));
    await untilSettled(requestId);

    const kinds = (await entriesOf(attemptId)).map(([kind]) => kind);
    expect(kinds.filter((kind) => kind === 'orphan_charge')).toHaveLength(1);
  });

  it('is taken up again by patrol when the one who booked it dies', async () => {
    const { attemptId, requestId } = await stuckWithOrphan({ ends: true });
    engine.failpoints.set('settle.before_commit', () => Promise.reject(new Error('killed here')));
    await expect(settleAttempt(engine.context, attemptId)).rejects.toThrow('killed here');
    engine.failpoints.clear();
    expect(await orphanRow(requestId)).toMatchObject({ state: 'open' });

    await patrol(engine.context);
    expect(engine.context.tasks.take('settle')).toContain(attemptId);
    await untilSettled(requestId);
  });

  it('is one orphan however often fal says so', async () => {
    const { attemptId, requestId } = await stuckWithOrphan({ ends: true });
    await untilSettled(requestId);
    await deliver(attemptId, requestId);
    await engine.patrolAndSettle();
    await settleAttempt(engine.context, attemptId);

    expect(await db().prisma.orphanAcceptance.count()).toBe(1);
  });
});

describe('a lost attempt that was accepted after all, when its job runs again', () => {
  async function runningAgain(options: { submitted: boolean }) {
    engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
    const one = await submitOne();
    const requestId = engine.sim.ledger().find(({ tags }) => tags.job === one.jobId)?.request_id ?? '';
    await isFinished(requestId);
    await eventually(async () => {
      await engine.patrolAndSettle();
      return (await jobRow(one.jobId)).status === 'needs_review';
    });
    engine.sim.setFaults({ 'run.stuck': 1 });
    await retryJob(engine.context, { ...one, acceptDoubleCharge: true });
    const [second = ''] = await engine.reserve();
    if (options.submitted) await submitAttempt(engine.context, second);
    await deliver(one.attemptId, requestId);
    await settleAttempt(engine.context, one.attemptId);
    return { ...one, second, requestId };
  }

  it('gives the job its result, and stops the second', async () => {
    const { jobId, attemptId, second, requestId } = await runningAgain({ submitted: true });
    await eventually(async () => {
      await settleAttempt(engine.context, second);
      return (await attemptRow(second)).state === 'failed';
    });

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', fal_request_id: requestId });
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'lost', request_id: null });
    expect(await charged()).toBe(bills());
  });

  it('is booked instead of what was reserved for it', async () => {
    const { attemptId } = await runningAgain({ submitted: true });

    expect(await entriesOf(attemptId)).toEqual([
      ['reserve', PRICE],
      ['orphan_charge', PRICE],
      ['release', PRICE],
    ]);
  });

  it('is booked instead of what was reserved for it, also when its request id was known before', async () => {
    const one = await submitOne();
    const requestId = (await attemptRow(one.attemptId)).request_id ?? '';
    await isFinished(requestId);
    await db().prisma.$executeRaw`UPDATE jobs SET status = 'needs_review', status_detail = 'provider_stuck'`;
    await retryJob(engine.context, { ...one, acceptDoubleCharge: true });
    await engine.reserve();
    await deliver(one.attemptId, requestId);
    await settleAttempt(engine.context, one.attemptId);

    expect((await entriesOf(one.attemptId)).map(([kind]) => kind)).toEqual(['reserve', 'orphan_charge', 'release']);
    expect(await jobRow(one.jobId)).toMatchObject({ status: 'succeeded', fal_request_id: requestId });
  });

  it('before the second was sent: that one is given back and never sent', async () => {
    const { jobId, second } = await runningAgain({ submitted: false });
    await submitAttempt(engine.context, second);

    expect(await attemptRow(second)).toMatchObject({ state: 'released' });
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
    expect(engine.sim.ledger().filter(({ tags }) => tags.job === jobId)).toHaveLength(1);
  });

  it('is not bound to the attempt as well, once the second has ended', async () => {
    const { attemptId, second, requestId } = await runningAgain({ submitted: true });
    await eventually(async () => {
      await settleAttempt(engine.context, second);
      return (await attemptRow(second)).state === 'failed';
    });
    await deliver(attemptId, requestId);
    await settleAttempt(engine.context, attemptId);

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'lost', request_id: null });
    expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve', 'orphan_charge', 'release']);
  });
});

describe('a stuck request that a person gives up', () => {
  async function stuck() {
    engine.sim.setFaults({ 'run.stuck': 1 });
    const one = await submitOne();
    engine.sim.setFaults({});
    const requestId = (await attemptRow(one.attemptId)).request_id ?? '';
    await db().prisma.$executeRaw`UPDATE jobs SET status = 'needs_review', status_detail = 'provider_stuck'`;
    return { ...one, requestId };
  }

  it.each(['resubmit', 'fail'] as const)(
    'by %s is asked to stop, followed to its end, and given back once',
    async (action) => {
      const { attemptId, jobId, projectId, requestId } = await stuck();
      await resolveJob(engine.context, { projectId, jobId, action });
      expect(await orphanRow(requestId)).toMatchObject({ state: 'open', source: 'given_up' });
      await untilSettled(requestId);

      expect(await orphanRow(requestId)).toMatchObject({ outcome: 'failed', cancel_asked_at: expect.any(Date) });
      expect(await attemptRow(attemptId)).toMatchObject({ state: 'lost', request_id: requestId });
      expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve', 'orphan_charge', 'release']);
      expect(await charged()).toBe(bills());
    },
  );

  it('and that succeeds beside the second run is booked as fal billed it, without any callback', async () => {
    const { attemptId, jobId, projectId } = await submitOne();
    const requestId = (await attemptRow(attemptId)).request_id ?? '';
    await isFinished(requestId);
    await db().prisma.$executeRaw`UPDATE jobs SET status = 'needs_review', status_detail = 'provider_stuck'`;
    await resolveJob(engine.context, { projectId, jobId, action: 'resubmit' });
    const [second = ''] = await engine.reserve();
    await submitAttempt(engine.context, second);
    await eventually(async () => (await settleAttempt(engine.context, second)).kind === 'settled');
    await untilSettled(requestId);
    await deliver(attemptId, requestId);
    await settleAttempt(engine.context, attemptId);

    expect(engine.sim.ledger()).toHaveLength(2);
    expect(await charged()).toBe(bills());
    expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve', 'orphan_charge', 'release']);
  });
});
