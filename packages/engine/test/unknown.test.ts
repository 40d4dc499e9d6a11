import { insertCallback, inTransaction } from '@reelay/db';
import { finishBatch, getBatch, patrol, resolveJob, retryJob, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch, TEST_INPUT } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const HOUR = 3_600_000;
/** One of the policy's milliseconds is one of the test's. */
const POLICY = { timeScale: 1, evidenceMs: [1, 2], reviewLookMs: 6 * HOUR };
const engine = useEngine({ inFlightMax: 10, listing: true, policy: POLICY });

const db = () => engine.context.db;
const jobRow = (id: string) => db().prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => db().prisma.attempt.findUniqueOrThrow({ where: { id } });
const requestOf = (jobId: string) => engine.sim.ledger().find(({ tags }) => tags.job === jobId)?.request_id ?? '';

async function kindsOf(attemptId: string): Promise<string[]> {
  const rows = await db().prisma.ledgerEntry.findMany({ where: { attempt_id: attemptId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind }) => kind);
}

/** Sent, accepted by fal, and the answer lost. */
async function loseAnswer(options: { jobs?: number } = {}) {
  engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
  const batch = await makeBatch(db(), { jobs: options.jobs ?? 1 });
  const attemptIds = await engine.reserve();
  for (const id of attemptIds) expect(await submitAttempt(engine.context, id)).toEqual({ kind: 'unknown' });
  return { ...batch, jobId: batch.jobIds[0] ?? '', attemptId: attemptIds[0] ?? '', attemptIds };
}

/** Moves looks and reviews into the past. When an attempt was sent stays: that is where it is looked for. */
async function pass(hours: number): Promise<void> {
  const by = `${hours} hours`;
  await db().prisma.$executeRaw`
    UPDATE attempts SET looked_at = looked_at - ${by}::interval, next_check_at = next_check_at - ${by}::interval
    WHERE state = 'unknown'`;
  await db().prisma.$executeRaw`UPDATE jobs SET review_at = review_at - ${by}::interval`;
}

async function untilReview(jobId: string): Promise<void> {
  await eventually(async () => {
    await engine.patrolAndSettle();
    const { status } = await jobRow(jobId);
    if (status !== 'needs_review') throw new Error(`the job is ${status}`);
  });
}

/** fal's listing cannot be read: the question names no endpoint, which fal refuses. */
const breakListing = (attemptId: string) =>
  db().prisma.$executeRaw`UPDATE attempts SET model = '' WHERE id = ${attemptId}`;
const mendListing = (attemptId: string) =>
  db().prisma
    .$executeRaw`UPDATE attempts a SET model = j.model FROM jobs j WHERE a.id = ${attemptId} AND j.id = a.job_id`;

describe('an attempt that becomes unknown', () => {
  it('by its sender’s own word says so, and when', async () => {
    const { attemptId } = await loseAnswer();

    const attempt = await attemptRow(attemptId);
    expect(attempt.unknown_at).not.toBeNull();
    expect(attempt.evidence).toMatchObject([{ source: 'sender', alive: true, failure: 'no_answer' }]);
  });

  it('because its sender died says that', async () => {
    engine.failpoints.set('submit.claimed', () => Promise.reject(new Error('killed here')));
    await makeBatch(db(), { jobs: 1 });
    const [attemptId = ''] = await engine.reserve();
    await expect(submitAttempt(engine.context, attemptId)).rejects.toThrow('killed here');
    await db().prisma
      .$executeRaw`UPDATE attempts SET send_deadline_at = now() - interval '1 hour', next_check_at = now() - interval '1 second'`;

    await patrol(engine.context);

    expect((await attemptRow(attemptId)).evidence).toMatchObject([
      { source: 'sender', alive: false, failure: 'no_answer' },
    ]);
  });

  it('and is adopted by a callback keeps the moment, the callback and the adoption', async () => {
    const { attemptId, jobId } = await loseAnswer();
    const { unknown_at } = await attemptRow(attemptId);
    const requestId = requestOf(jobId);
    const callback = { attemptId, requestId, failed: false, stale: false, payload: null, digest: 'one' };
    await inTransaction(db(), (tx) => insertCallback(tx, callback));
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');

    expect(await attemptRow(attemptId)).toMatchObject({
      state: 'succeeded',
      unknown_at,
      evidence: [
        { source: 'sender' },
        { source: 'webhook', request_id: requestId, failed: false, stale: false },
        { source: 'webhook', request_id: requestId, adopted: true, at: expect.any(String) },
      ],
    });
  });
});

describe('a look that could not be made', () => {
  it('uses up no step of the schedule and is repeated until it was read', async () => {
    const { attemptId, jobId } = await loseAnswer();
    await breakListing(attemptId);
    await untilReview(jobId);
    await pass(1);
    await engine.patrolAndSettle();

    const unread = await attemptRow(attemptId);
    expect(unread).toMatchObject({ state: 'unknown', checks: 0, misreads: expect.any(Number), looked_at: null });
    expect(unread.misreads).toBeGreaterThanOrEqual(2);
    expect(unread.evidence).toMatchObject([
      { source: 'sender' },
      { source: 'listing', complete: false, times: unread.misreads, since: expect.any(String) },
    ]);

    await mendListing(attemptId);
    await pass(1);
    await eventually(async () => {
      await engine.patrolAndSettle();
      return (await jobRow(jobId)).status === 'succeeded';
    });
  });

  it('is taken for no proof of anything: nothing is sent again', async () => {
    const { attemptId, jobId } = await loseAnswer();
    await breakListing(attemptId);
    await untilReview(jobId);

    expect(engine.sim.ledger().filter(({ tags }) => tags.job === jobId)).toHaveLength(1);
    expect(await kindsOf(attemptId)).toEqual(['reserve']);
  });
});

describe('a job in review', () => {
  it('is moved by itself when the listing tells late, hours after its schedule has ended', async () => {
    const { attemptId, jobId } = await loseAnswer();
    engine.sim.setFaults({ 'listing.lag': { p: 1, ms: 10 * HOUR } });
    await untilReview(jobId);
    expect(await attemptRow(attemptId)).toMatchObject({ next_check_at: expect.any(Date) });
    engine.sim.advanceClock(11 * HOUR);
    await engine.patrolAndSettle();
    expect(await jobRow(jobId)).toMatchObject({ status: 'needs_review' });

    await pass(7);
    await eventually(async () => {
      await engine.patrolAndSettle();
      return (await jobRow(jobId)).status === 'succeeded';
    });
    expect(await kindsOf(attemptId)).toEqual(['reserve', 'release', 'charge']);
  });

  it('is looked for once however many tasks ask', async () => {
    const { attemptId, jobId } = await loseAnswer();
    engine.sim.setFaults({ 'listing.miss': 1 });
    await untilReview(jobId);
    const { checks } = await attemptRow(attemptId);

    for (let task = 0; task < 5; task++) await settleAttempt(engine.context, attemptId);

    expect(await attemptRow(attemptId)).toMatchObject({ checks });
  });
});

describe("a person's word on a request", () => {
  it('outranks an input that differs in the listing, and the difference is written down', async () => {
    const { attemptId, jobId, projectId } = await loseAnswer();
    engine.sim.setFaults({ 'listing.miss': 1 });
    await untilReview(jobId);
    engine.sim.setFaults({});
    const response = await fetch(`${engine.sim.url}/fal-ai/wan/v2.2-a14b/video-to-video`, {
      method: 'POST',
      headers: { authorization: 'Key k', 'content-type': 'application/json' },
      body: JSON.stringify({ ...TEST_INPUT, prompt: 'another clip' }),
    });
    const { request_id: requestId } = (await response.json()) as { request_id: string };
    await resolveJob(engine.context, { projectId, jobId, action: 'adopt', requestId });
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', fal_request_id: requestId });
    const { evidence } = await attemptRow(attemptId);
    const adoption = { source: 'person', request_id: requestId, adopted: true, input: 'differs' };
    expect(evidence).toContainEqual(expect.objectContaining(adoption));
  });
});

describe('the review deadline', () => {
  const WEEK = 7 * 24;

  async function pastDeadline() {
    const lost = await loseAnswer();
    engine.sim.setFaults({ 'listing.miss': 1 });
    await untilReview(lost.jobId);
    await pass(WEEK + 1);
    await patrol(engine.context);
    return lost;
  }

  it('fails the job, and leaves its attempt unknown with its money', async () => {
    const { jobId, attemptId } = await pastDeadline();

    expect(await jobRow(jobId)).toMatchObject({
      status: 'failed',
      status_detail: null,
      finished_at: expect.any(Date),
      error: { code: 'no_answer', billed: 'maybe' },
    });
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown' });
    expect(await kindsOf(attemptId)).toEqual(['reserve']);
  });

  it('is not reached a moment too early', async () => {
    const { jobId } = await loseAnswer();
    engine.sim.setFaults({ 'listing.miss': 1 });
    await untilReview(jobId);
    await pass(WEEK - 1);
    await patrol(engine.context);

    expect(await jobRow(jobId)).toMatchObject({ status: 'needs_review' });
  });

  it('is run by many patrols at once without harm', async () => {
    const { jobIds, projectId, batchId } = await loseAnswer({ jobs: 3 });
    engine.sim.setFaults({ 'listing.miss': 1 });
    for (const jobId of jobIds) await untilReview(jobId);
    await pass(WEEK + 1);

    await Promise.all(Array.from({ length: 4 }, () => patrol(engine.context)));

    await finishBatch(engine.context, batchId);
    expect(await getBatch(engine.context, { projectId, batchId })).toMatchObject({
      status: 'completed',
      request_counts: { total: 3, failed: 3, needs_review: 0, active: 0 },
    });
  });

  it('is final, but evidence that comes later still settles the money', async () => {
    const { jobId, attemptId } = await pastDeadline();
    const requestId = requestOf(jobId);
    const callback = { attemptId, requestId, failed: false, stale: false, payload: null, digest: 'late' };
    await inTransaction(db(), (tx) => insertCallback(tx, callback));
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');

    expect(await jobRow(jobId)).toMatchObject({ status: 'failed', error: { code: 'no_answer' } });
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'succeeded' });
    expect(await kindsOf(attemptId)).toEqual(['reserve', 'release', 'charge']);
  });

  it('does not make a retry safe: what may have been paid has to be accepted', async () => {
    const { jobId, projectId } = await pastDeadline();

    expect(await retryJob(engine.context, { projectId, jobId })).toMatchObject({ code: 'outcome_unknown' });
  });
});
