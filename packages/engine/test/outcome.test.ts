import { countStarted, insertCallback, inTransaction } from '@reelay/db';
import { cancelJob, dispatch, patrol, retryJob, settleAttempt, submitAttempt } from '@reelay/engine';
import { classifyResult } from '@reelay/fal';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 100, listing: true, policy: { reviewDeadlineMs: 1e12, neverRanMax: 2 } });

const HOUR = 3_600_000;
const PRICE = 80_000_000n;
const OUTPUT = {
  video: { url: 'https://media.example.com/out.mp4', content_type: 'video/mp4', file_name: 'out.mp4', file_size: 7 },
  seed: 7,
};
const db = () => engine.context.db;
const jobRow = (id: string) => db().prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => db().prisma.attempt.findUniqueOrThrow({ where: { id } });
const requestsOf = (jobId: string) => engine.sim.ledger().filter(({ tags }) => tags.job === jobId);
const settle = (attemptId: string) => settleAttempt(engine.context, attemptId);

async function entriesOf(attemptId: string): Promise<Record<string, bigint>> {
  const rows = await db().prisma.ledgerEntry.findMany({ where: { attempt_id: attemptId } });
  return Object.fromEntries(rows.map(({ kind, amount_nano_usd }) => [kind, amount_nano_usd]));
}

async function submitOne() {
  const batch = await makeBatch(db(), { jobs: 1 });
  const jobId = batch.jobIds[0] ?? '';
  const [attemptId = ''] = await engine.reserve();
  await submitAttempt(engine.context, attemptId);
  return { ...batch, jobId, attemptId };
}

async function submitFinished() {
  const one = await submitOne();
  await eventually(() => requestsOf(one.jobId).every(({ finished_at }) => finished_at !== null));
  return { ...one, requestId: requestsOf(one.jobId)[0]?.request_id ?? '' };
}

/** A callback that has been read, as the one that settle was woken by. */
async function hear(attemptId: string, requestId: string, payload: unknown = OUTPUT): Promise<void> {
  const callback = { attemptId, requestId, failed: false, stale: false, payload, digest: requestId };
  await inTransaction(db(), (tx) => insertCallback(tx, callback));
}

const passDeadline = () =>
  db().prisma.$executeRaw`UPDATE attempts SET outcome_deadline_at = now() - interval '1 second'`;

it("a stale callback's word that the run failed does not make a gateway's error the run's own", async () => {
  const { jobId, attemptId, requestId } = await submitFinished();
  const callback = { attemptId, requestId, failed: true, stale: true, payload: null, digest: 'stale' };
  await inTransaction(db(), (tx) => insertCallback(tx, callback));
  const { fal } = engine.context;
  const text = '{"detail":"upstream connect error"}';
  const trouble = { status: 503, header: () => null, body: { kind: 'whole', text } } as const;
  const result: typeof fal.result = async (_endpoint, _request, hint) => classifyResult(trouble, hint, [], 0);

  expect(await settleAttempt({ ...engine.context, fal: { ...fal, result } }, attemptId)).toEqual({ kind: 'waiting' });
  expect(await settle(attemptId)).toMatchObject({ kind: 'settled' });
  expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
  expect(requestsOf(jobId)).toHaveLength(1);
});

describe('a result that fal no longer gives', () => {
  it('is taken from the stored callback', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const { jobId, attemptId, requestId } = await submitFinished();
    await hear(attemptId, requestId);

    expect(await settle(attemptId)).toMatchObject({ kind: 'settled' });
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', output: OUTPUT });
    expect(await entriesOf(attemptId)).toEqual({ reserve: PRICE, release: PRICE, charge: PRICE });
  });

  it('is taken from the listing when no callback holds it', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const { jobId, attemptId } = await submitFinished();

    expect(await settle(attemptId)).toMatchObject({ kind: 'settled' });
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', output: { video: expect.any(Object) } });
    expect(await entriesOf(attemptId)).toMatchObject({ charge: PRICE });
  });

  it('leaves the job for review, and a listing that shows it late still ends it', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1, 'listing.lag': { p: 1, ms: 10 * HOUR } });
    const { jobId, attemptId } = await submitFinished();
    await settle(attemptId);
    expect(await jobRow(jobId)).toMatchObject({ status: 'needs_review', status_detail: 'result_lost' });
    expect(await entriesOf(attemptId)).toEqual({ reserve: PRICE });

    engine.sim.advanceClock(11 * HOUR);
    await db().prisma.$executeRaw`UPDATE attempts SET next_check_at = now() WHERE next_check_at IS NOT NULL`;
    await engine.patrolAndSettle();

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
  });
});

describe('an accepted attempt past its outcome deadline', () => {
  it('whose result cannot be read is ended by the stored callback, and not before', async () => {
    engine.sim.setFaults({ 'result.truncated': 1 });
    const { jobId, attemptId, requestId } = await submitFinished();
    await hear(attemptId, requestId);
    expect(await settle(attemptId)).toEqual({ kind: 'waiting' });

    await passDeadline();

    expect(await settle(attemptId)).toMatchObject({ kind: 'settled' });
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', output: OUTPUT });
  });

  it('whose result cannot be read is ended by the listing', async () => {
    engine.sim.setFaults({ 'result.truncated': 1 });
    const { jobId, attemptId } = await submitFinished();
    await passDeadline();

    expect(await settle(attemptId)).toMatchObject({ kind: 'settled' });
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
  });

  it('that nobody knows of is asked to cancel, gives its slot back and keeps its money; its end still counts', async () => {
    engine.sim.setFaults({ 'run.stuck': 1 });
    const { jobId, attemptId } = await submitOne();
    await passDeadline();
    await settle(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'needs_review', status_detail: 'provider_stuck' });
    const attempt = await attemptRow(attemptId);
    expect(attempt).toMatchObject({ state: 'accepted', cancel_asked_at: expect.any(Date) });
    expect(attempt.slot_until?.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await entriesOf(attemptId)).toEqual({ reserve: PRICE });

    await eventually(async () => {
      await db().prisma.$executeRaw`UPDATE attempts SET next_check_at = now() WHERE state = 'accepted'`;
      await engine.patrolAndSettle();
      return (await attemptRow(attemptId)).state === 'failed';
    });
    expect(await jobRow(jobId)).toMatchObject({ status: 'failed', error: { code: 'cancelled_by_request' } });
  });
});

describe('a cancel', () => {
  it('after which fal knows the request no more is the end of it: maybe billed, its money kept', async () => {
    engine.sim.setFaults({ 'run.stuck': 1, 'listing.miss': 1, 'result.expired_404': 1 });
    const { jobId, projectId, attemptId } = await submitOne();
    await cancelJob(engine.context, { projectId, jobId });
    await eventually(async () => (await settle(attemptId)).kind === 'settled');

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'failed', http_status: 404 });
    expect(await jobRow(jobId)).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled_by_request', billed: 'maybe' },
    });
    expect(await entriesOf(attemptId)).toEqual({ reserve: PRICE });
  });

  it('of a run that is over is not asked of fal, whose result then decides', async () => {
    const { jobId, projectId, attemptId } = await submitFinished();
    await cancelJob(engine.context, { projectId, jobId });
    await settle(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
    expect(await attemptRow(attemptId)).toMatchObject({ cancel_asked_at: null });
  });
});

describe('start timeouts', () => {
  const SLOTS_AT_FAL = 40;
  const account = () => db().prisma.providerAccount.findUniqueOrThrow({ where: { id: 'fal' } });

  /** As many as are more than fal has slots for wait until they time out. */
  async function timeOut(jobs: number) {
    engine.sim.setFaults({ 'run.stuck': 1 });
    const { jobIds } = await makeBatch(db(), { jobs: SLOTS_AT_FAL + jobs });
    const attemptIds = await engine.reserve();
    for (const id of attemptIds) await submitAttempt(engine.context, id);
    engine.sim.advanceClock(HOUR);
    for (const id of attemptIds.slice(SLOTS_AT_FAL)) {
      await eventually(async () => (await settle(id)).kind === 'settled');
    }
    return jobIds;
  }

  it('halve the in-flight cap when three came in a row, and cost the jobs no attempt', async () => {
    const jobIds = await timeOut(3);

    expect(await account()).toMatchObject({ in_flight_max: 50, start_timeouts_in_row: 0 });
    const dropped = await db().prisma.job.findMany({ where: { id: { in: [...jobIds] }, status: 'queued' } });
    expect(dropped.map(({ failed_attempts }) => failed_attempts)).toEqual([0, 0, 0]);
  });

  it('halve it once, however many waited together', async () => {
    await timeOut(12);

    expect(await account()).toMatchObject({ in_flight_max: 50, start_timeouts_in_row: 0 });
  });

  it('end the job in the end: what fal never starts does not keep its batch open for ever', async () => {
    await timeOut(1);
    const job = await db().prisma.job.findFirstOrThrow({ where: { status: 'queued' } });
    await db().prisma.$executeRaw`UPDATE jobs SET not_before = NULL WHERE id = ${job.id}`;

    const [again = ''] = await engine.reserve();
    await submitAttempt(engine.context, again);
    engine.sim.advanceClock(HOUR);
    await eventually(async () => (await settle(again)).kind === 'settled');

    expect(await jobRow(job.id)).toMatchObject({
      status: 'failed',
      failed_attempts: 0,
      error: { code: 'start_timeout', retryable: true },
    });
  });

  it('are forgotten by successes: the cap grows with as many as it has slots, up to what is configured', async () => {
    const started = (times: number) =>
      inTransaction(db(), async (tx) => {
        for (let i = 0; i < times; i++) await countStarted(tx);
      });
    await db().prisma.$executeRaw`UPDATE provider_accounts SET in_flight_max = 2, in_flight_configured = 4`;

    await started(1);
    expect(await account()).toMatchObject({ in_flight_max: 2 });
    await started(1);
    expect(await account()).toMatchObject({ in_flight_max: 3 });
    await started(3);
    expect(await account()).toMatchObject({ in_flight_max: 4 });
    await started(9);
    expect(await account()).toMatchObject({ in_flight_max: 4, successes_since_raise: 0 });
  });
});

it('an unknown attempt gives its slot back when it has probably run', async () => {
  engine.sim.setFaults({ 'submit.reset_before_accept': 1 });
  const { attemptId } = await submitOne();
  await db().prisma.$executeRaw`UPDATE provider_accounts SET in_flight_max = 2, in_flight_configured = 2`;
  await db().prisma.$executeRaw`UPDATE attempts SET slot_until = now() + interval '1 hour' WHERE id = ${attemptId}`;
  await makeBatch(db(), { jobs: 5 });
  expect(await dispatch(engine.context)).toMatchObject({ reserved: 1 });

  await db().prisma.$executeRaw`UPDATE attempts SET slot_until = now() WHERE id = ${attemptId}`;
  expect(await dispatch(engine.context)).toMatchObject({ reserved: 1 });
});

describe('the late answer of a sender that a person gave up with its attempt', () => {
  /** fal has answered, patrol takes the sender for dead, a person takes the risk; then the answer is stored. */
  async function answerLate(meanwhile: (target: { projectId: string; jobId: string }) => Promise<void>) {
    const { projectId, jobIds } = await makeBatch(db(), { jobs: 1 });
    const [attemptId = ''] = await engine.reserve();
    const target = { projectId, jobId: jobIds[0] ?? '' };
    engine.failpoints.set('submit.answered', async () => {
      engine.failpoints.clear();
      await db().prisma
        .$executeRaw`UPDATE attempts SET send_deadline_at = now() - interval '1 hour', next_check_at = now() - interval '1 second'`;
      await patrol(engine.context);
      await db().prisma.$executeRaw`UPDATE jobs SET status = 'needs_review'`;
      await retryJob(engine.context, { ...target, acceptDoubleCharge: true });
      expect(await attemptRow(attemptId)).toMatchObject({ state: 'lost' });
      await meanwhile(target);
    });
    await submitAttempt(engine.context, attemptId);
    return { ...target, attemptId };
  }

  it('takes the queued job back: it is not bought again', async () => {
    const { jobId, attemptId } = await answerLate(async () => {});

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'accepted', lost_by: 'person' });
    expect(await jobRow(jobId)).toMatchObject({ status: 'active' });
    expect(await engine.reserve()).toEqual([]);
  });

  it('is an orphan acceptance when the job was sent again', async () => {
    const { jobId, attemptId } = await answerLate(async () => {
      const [next = ''] = await engine.reserve();
      await submitAttempt(engine.context, next);
    });

    const [first] = requestsOf(jobId);
    const orphans = await db().prisma.orphanAcceptance.findMany();
    expect(orphans).toMatchObject([{ attempt_id: attemptId, request_id: first?.request_id, source: 'submit' }]);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'lost' });
  });
});
