import { insertCallback, inTransaction, markProcessed, readCallbacks } from '@reelay/db';
import { patrol, resolveJob, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 10, policy: { evidenceMs: [1_000] } });

const db = () => engine.context.db;
const jobRow = (id: string) => db().prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => db().prisma.attempt.findUniqueOrThrow({ where: { id } });
const requestOf = (jobId: string) => engine.sim.ledger().find(({ tags }) => tags.job === jobId)?.request_id ?? '';

let deliveries = 0;
async function deliver(attemptId: string, requestId: string, failed = false): Promise<void> {
  deliveries += 1;
  const callback = { attemptId, requestId, failed, stale: false, payload: null, digest: `delivery ${deliveries}` };
  await inTransaction(db(), (tx) => insertCallback(tx, callback));
}

async function submitOne(input: Record<string, unknown> = {}) {
  const batch = await makeBatch(db(), { jobs: 1, input });
  const [attemptId = ''] = await engine.reserve();
  await submitAttempt(engine.context, attemptId);
  return { ...batch, jobId: batch.jobIds[0] ?? '', attemptId };
}

async function untilReview(jobId: string): Promise<void> {
  await eventually(async () => {
    await engine.patrolAndSettle();
    return (await jobRow(jobId)).status === 'needs_review';
  });
}

const untilSettled = (attemptId: string) =>
  eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');

describe('evidence that comes after its batch has closed', () => {
  it('and says that the run failed ends the job: nothing is queued where dispatch does not look', async () => {
    engine.sim.setFaults({ 'submit.reset_after_accept': 1, 'run.fail_500': 1 });
    const { jobId, batchId, attemptId } = await submitOne();
    await untilReview(jobId);
    const batch = await db().prisma.batch.findUniqueOrThrow({ where: { id: batchId } });
    expect(batch.state).toBe('completed');

    await deliver(attemptId, requestOf(jobId), true);
    await untilSettled(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'failed', error: { code: 'model_error' } });
  });
});

describe('a lost attempt whose request id is known', () => {
  it('that succeeds after all takes the queued job back: it is not bought again', async () => {
    const { jobId, projectId, attemptId } = await submitOne();
    await db().prisma
      .$executeRaw`UPDATE jobs SET status = 'needs_review', status_detail = 'provider_stuck' WHERE id = ${jobId}`;
    await resolveJob(engine.context, { projectId, jobId, action: 'resubmit' });
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'lost' });

    await eventually(() => engine.sim.ledger().every(({ finished_at }) => finished_at !== null));
    await deliver(attemptId, requestOf(jobId));
    await settleAttempt(engine.context, attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
    expect(await engine.reserve()).toEqual([]);
  });
});

describe('late proof for a lost attempt', () => {
  it('gives the next one back that is not sent yet: the job is not bought twice', async () => {
    engine.sim.setFaults({ 'submit.reset_after_accept': 1, 'result.error_504_after_completed': 1 });
    const { jobId, projectId, attemptId } = await submitOne();
    await untilReview(jobId);
    await resolveJob(engine.context, { projectId, jobId, action: 'resubmit' });
    const [next = ''] = await engine.reserve();

    await deliver(attemptId, requestOf(jobId));
    await settleAttempt(engine.context, attemptId);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'accepted' });
    await submitAttempt(engine.context, next);
    engine.sim.setFaults({});
    await untilSettled(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
    expect(await attemptRow(next)).toMatchObject({ state: 'released' });
    expect(engine.sim.ledger()).toHaveLength(1);
    expect(await db().prisma.orphanAcceptance.count()).toBe(0);
  });
});

describe('a callback', () => {
  it('for a request that a twin is bound to does not hold its own attempt up', async () => {
    engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
    const one = await submitOne({ seed: 42 });
    const two = await submitOne({ seed: 42 });
    await deliver(one.attemptId, requestOf(two.jobId));
    await untilSettled(one.attemptId);

    await deliver(two.attemptId, requestOf(two.jobId));
    await untilReview(two.jobId);

    expect(await attemptRow(two.attemptId)).toMatchObject({ state: 'unknown', request_id: null });
  });

  it('for a request that a twin holds is charged there alone, when each holds the other one', async () => {
    engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
    const one = await submitOne({ seed: 42 });
    const two = await submitOne({ seed: 42 });
    const sent = new Map([one, two].map(({ jobId, attemptId }) => [attemptId, requestOf(jobId)]));
    for (const [twin, other] of [[one, two] as const, [two, one] as const]) {
      await deliver(twin.attemptId, requestOf(other.jobId));
      await untilSettled(twin.attemptId);
    }

    for (const [attemptId, requestId] of sent) {
      await deliver(attemptId, requestId);
      await settleAttempt(engine.context, attemptId);
    }

    expect(await db().prisma.orphanAcceptance.count()).toBe(0);
    const charges = await db().prisma.ledgerEntry.findMany({ where: { kind: { in: ['charge', 'orphan_charge'] } } });
    expect(charges.map(({ attempt_id, kind }) => [attempt_id, kind]).sort()).toEqual(
      [...sent.keys()].sort().map((attemptId) => [attemptId, 'charge']),
    );
  });

  it('that arrives while another is being read stays unread', async () => {
    const { attemptId } = await submitOne();
    await deliver(attemptId, 'request-one');
    const read = await readCallbacks(db().prisma, attemptId);
    await deliver(attemptId, 'request-two');
    await markProcessed(db().prisma, read);

    const unread = (await readCallbacks(db().prisma, attemptId)).filter(({ processed_at }) => processed_at === null);
    expect(unread.map(({ request_id }) => request_id)).toEqual(['request-two']);
  });
});

describe('looks for evidence', () => {
  it('follow their schedule, however many tasks ask for one', async () => {
    engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
    const { jobId, attemptId } = await submitOne();
    await db().prisma.$executeRaw`UPDATE attempts SET sending_at = now() + interval '1 hour'`;

    for (let task = 0; task < 5; task++) await settleAttempt(engine.context, attemptId);
    await patrol(engine.context);

    expect(await jobRow(jobId)).toMatchObject({ status: 'active' });
    expect(await attemptRow(attemptId)).toMatchObject({ checks: 0 });
  });
});
