import { insertCallback, inTransaction, setEmbargo } from '@reelay/db';
import { cancelJob, dispatch, getBatch, listAttempts, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

/** Every policy duration is a millisecond, but reviews do not end. */
const engine = useEngine({
  inFlightMax: 10,
  listing: true,
  policy: { timeScale: 10_000_000, reviewDeadlineMs: 1e15, reviewLookMs: 1e15 },
});

const PRICE = 80_000_000n;
const db = () => engine.context.db;
const jobRow = (id: string) => db().prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => db().prisma.attempt.findUniqueOrThrow({ where: { id } });
const attemptsOf = (jobId: string) => db().prisma.attempt.findMany({ where: { job_id: jobId }, orderBy: { n: 'asc' } });
const requestsOf = (jobId: string) => engine.sim.ledger().filter(({ tags }) => tags.job === jobId);

async function kindsOf(attemptId: string): Promise<string[]> {
  const rows = await db().prisma.ledgerEntry.findMany({ where: { attempt_id: attemptId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind }) => kind);
}

/** Nobody knows of these attempts, and their senders are long gone. */
async function loseRequests(options: { jobs?: number; onUnknown?: string; budget?: bigint | null } = {}) {
  const { jobs = 1, onUnknown = 'resubmit', budget = 10n * PRICE } = options;
  const batch = await makeBatch(db(), { jobs });
  await db().prisma.$executeRaw`
    UPDATE batches SET on_unknown = ${onUnknown}, unknown_budget_nano_usd = ${budget}::bigint WHERE id = ${batch.batchId}`;
  engine.sim.setFaults({ 'submit.reset_before_accept': 1 });
  const attemptIds = await submitAll();
  engine.sim.setFaults({});
  return { ...batch, attemptIds, attemptId: attemptIds[0] ?? '', jobId: batch.jobIds[0] ?? '' };
}

async function submitAll(): Promise<string[]> {
  const attemptIds = await engine.reserve();
  for (const id of attemptIds) await submitAttempt(engine.context, id);
  await db().prisma.$executeRaw`
    UPDATE attempts SET send_deadline_at = send_deadline_at - interval '1 minute' WHERE state = 'unknown'`;
  return attemptIds;
}

async function untilJob(jobId: string, status: string): Promise<void> {
  await eventually(async () => {
    await engine.patrolAndSettle();
    const job = await jobRow(jobId);
    if (job.status !== status) throw new Error(`the job is ${job.status} (${job.status_detail})`);
  });
}

describe('a job whose batch asks for resubmission', () => {
  it('is submitted again after two complete listings without it, and is paid once', async () => {
    const { jobId, attemptId, projectId } = await loseRequests();
    await untilJob(jobId, 'queued');

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'lost', lost_by: 'rule' });
    const { evidence } = await attemptRow(attemptId);
    const look = { source: 'listing', complete: true, matches: [] };
    expect((evidence as object[]).slice(-3)).toMatchObject([look, look, { source: 'rule', declared: 'lost' }]);
    const [second = ''] = await submitAll();
    await untilJob(jobId, 'succeeded');

    expect(await kindsOf(attemptId)).toEqual(['reserve']);
    expect(await kindsOf(second)).toEqual(['reserve', 'release', 'charge']);
    expect(requestsOf(jobId)).toHaveLength(1);
    expect(await jobRow(jobId)).toMatchObject({ run: 1, failed_attempts: 0 });
    const list = await listAttempts(engine.context, { projectId, jobId, page: { limit: 10 } });
    expect(list?.data[0]).toMatchObject({ state: 'lost', cost: { reserved: '0.08', charged: null } });
  });

  it('is not while its sender may still be there', async () => {
    const { jobId, attemptId } = await loseRequests();
    await db().prisma.$executeRaw`UPDATE attempts SET send_deadline_at = now() + interval '1 minute'`;
    for (let round = 0; round < 20; round++) await engine.patrolAndSettle();

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown', empty_looks: 0 });
    expect(await jobRow(jobId)).toMatchObject({ status: 'active', status_detail: 'outcome_unknown' });
  });

  it('is not on the word of one listing, however many tasks read it', async () => {
    const { jobId, attemptId } = await loseRequests();
    const longMargin = { ...engine.context, policy: { ...engine.context.policy, resubmitMarginMs: 1e11 } };
    await db().prisma.$executeRaw`UPDATE attempts SET send_deadline_at = send_deadline_at - interval '7 minutes'`;
    await Promise.all(Array.from({ length: 8 }, () => settleAttempt(longMargin, attemptId)));
    for (let task = 0; task < 8; task++) await settleAttempt(longMargin, attemptId);

    expect((await attemptRow(attemptId)).empty_looks).toBeLessThan(2);
    expect(await jobRow(jobId)).toMatchObject({ status: 'active' });
  });

  it('is not while the listing cannot be read', async () => {
    const { jobId, attemptId } = await loseRequests();
    await db().prisma.$executeRaw`UPDATE attempts SET model = ''`;
    for (let round = 0; round < 10; round++) await engine.patrolAndSettle();

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown', empty_looks: 0 });
    expect(await jobRow(jobId)).toMatchObject({ status: 'active' });
  });

  it('is not while fal is out, and is once it takes requests', async () => {
    const { jobId } = await loseRequests();
    await inTransaction(db(), (tx) => setEmbargo(tx, { durationMs: 3_600_000, pauseReason: 'provider_down' }));
    for (let round = 0; round < 20; round++) await engine.patrolAndSettle();
    expect(await jobRow(jobId)).toMatchObject({ status: 'active' });

    await db().prisma.$executeRaw`
      UPDATE provider_accounts SET embargo_until = NULL, embargo_reason = NULL, refusals_in_row = 0`;
    await untilJob(jobId, 'queued');
  });

  it('is not once its cancel was asked for', async () => {
    const { jobId, projectId, attemptId } = await loseRequests();
    await cancelJob(engine.context, { projectId, jobId });
    await untilJob(jobId, 'needs_review');

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown', lost_by: null });
  });

  it('is not when that could cost more than its max_cost', async () => {
    const { jobId, attemptId } = await loseRequests();
    await db().prisma.job.update({ where: { id: jobId }, data: { max_cost_nano_usd: 2n * PRICE - 1n } });
    await untilJob(jobId, 'needs_review');

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown', lost_by: null });
  });

  it('is submitted again once, not twice', async () => {
    const { jobId } = await loseRequests();
    await untilJob(jobId, 'queued');
    engine.sim.setFaults({ 'submit.reset_before_accept': 1 });
    await submitAll();
    await untilJob(jobId, 'needs_review');

    expect((await attemptsOf(jobId)).map(({ state }) => state)).toEqual(['lost', 'unknown']);
  });

  it('and turns out to be accepted while it is queued is taken back: nothing is bought again', async () => {
    const batch = await makeBatch(db(), { jobs: 1 });
    const [jobId = ''] = batch.jobIds;
    await db().prisma.$executeRaw`UPDATE batches SET on_unknown = 'resubmit', unknown_budget_nano_usd = ${PRICE}`;
    engine.sim.setFaults({ 'submit.reset_after_accept': 1, 'listing.miss': 1 });
    const [attemptId = ''] = await submitAll();
    await untilJob(jobId, 'queued');

    const requestId = requestsOf(jobId)[0]?.request_id ?? '';
    const callback = { attemptId, requestId, failed: false, stale: false, payload: null, digest: 'late' };
    await inTransaction(db(), (tx) => insertCallback(tx, callback));
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
    expect(await engine.reserve()).toEqual([]);
    expect(await kindsOf(attemptId)).toEqual(['reserve', 'release', 'charge']);
    expect(await attemptRow(attemptId)).toMatchObject({ lost_by: 'rule' });
  });
});

it('a batch that does not ask for it leaves its unknown jobs to a person', async () => {
  const { jobId, attemptId } = await loseRequests({ onUnknown: 'review' });
  await untilJob(jobId, 'needs_review');

  expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown', lost_by: null });
});

describe('the money that a batch may have at stake', () => {
  it.each<[string, bigint | null, number]>([
    ['none', 0n, 0],
    ['a nano-dollar short of two', 2n * PRICE - 1n, 1],
    ['two to the nano-dollar', 2n * PRICE, 2],
    ['not said: a twentieth of the estimate, too little for one of four', null, 0],
  ])('of %s is kept, also by looks at the same time', async (_, budget, again) => {
    const { batchId, projectId, attemptIds } = await loseRequests({ jobs: 4, budget });
    await eventually(async () => {
      await Promise.all(attemptIds.map((id) => settleAttempt(engine.context, id)));
      const open = await db().prisma.job.count({ where: { batch_id: batchId, status: 'active' } });
      if (open > 0) throw new Error(`${open} jobs are active`);
    });

    const batch = await getBatch(engine.context, { projectId, batchId });
    expect(batch?.request_counts).toMatchObject({ total: 4, queued: again, needs_review: 4 - again });
    expect(batch).toMatchObject({
      on_unknown: 'resubmit',
      unknown_budget: budget === null ? '0.016' : expect.any(String),
    });
    expect(await db().prisma.attempt.count({ where: { batch_id: batchId, lost_by: 'rule' } })).toBe(again);
  });

  it('is of the batch’s cap as well: what was lost stays reserved', async () => {
    const { jobId, batchId } = await loseRequests();
    await db().prisma.$executeRaw`UPDATE budgets SET limit_nano_usd = ${PRICE} WHERE scope = ${`batch:${batchId}`}`;
    await untilJob(jobId, 'queued');

    expect(await dispatch(engine.context)).toMatchObject({ reserved: 0, outOfBudget: [batchId] });
  });
});
