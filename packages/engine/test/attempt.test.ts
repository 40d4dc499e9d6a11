import { taskLostMs } from '@reelay/core';
import { cancelJob, dispatch, patrol, retryJob, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 100, policy: { evidenceMs: [1_000, 2_000] } });

async function reserveOne(options: { maxAttempts?: number; input?: Record<string, unknown> } = {}) {
  const batch = await makeBatch(engine.context.db, { jobs: 1, ...options });
  return { ...batch, jobId: batch.jobIds[0] ?? '', attemptId: await nextAttempt() };
}

async function nextAttempt(): Promise<string> {
  await dispatch(engine.context);
  const [attemptId = ''] = engine.context.tasks.take('submit');
  return attemptId;
}

const jobRow = (id: string) => engine.context.db.prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => engine.context.db.prisma.attempt.findUniqueOrThrow({ where: { id } });
const batchState = async (id: string) =>
  (await engine.context.db.prisma.batch.findUniqueOrThrow({ where: { id } })).state;
const requestsOf = (jobId: string) => engine.sim.ledger().filter(({ tags }) => tags.job === jobId);

async function entriesOf(attemptId: string): Promise<Record<string, bigint>> {
  const rows = await engine.context.db.prisma.ledgerEntry.findMany({ where: { attempt_id: attemptId } });
  return Object.fromEntries(rows.map(({ kind, amount_nano_usd }) => [kind, amount_nano_usd]));
}

const settled = (attemptId: string) =>
  eventually(async () => {
    const report = await settleAttempt(engine.context, attemptId);
    return report.kind === 'settled' && report;
  });

describe('a job that goes well', () => {
  it('is paid once, charged what fal bills, and closes its batch', async () => {
    const { jobId, batchId, attemptId } = await reserveOne();

    await submitAttempt(engine.context, attemptId);
    await settled(attemptId);

    expect(await jobRow(jobId)).toMatchObject({
      status: 'succeeded',
      output: { video: { url: expect.stringMatching(/^http/) } },
    });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n, release: 80_000_000n, charge: 80_000_000n });
    expect(requestsOf(jobId)).toMatchObject([{ billed_nano_usd: 80_000_000, tags: { attempt: attemptId } }]);
    expect(await batchState(batchId)).toBe('completed');
  });

  it('sends the seed that its id and number give, or the one the user gave', async () => {
    const derived = await reserveOne();
    await submitAttempt(engine.context, derived.attemptId);
    const given = await reserveOne({ input: { seed: 42 } });
    await submitAttempt(engine.context, given.attemptId);

    expect(requestsOf(derived.jobId)[0]?.seed).toBe(Number((await attemptRow(derived.attemptId)).seed));
    expect(requestsOf(given.jobId)[0]?.seed).toBe(42);
  });

  it('has a seed of its own for each try, so that no listing can mistake one for the other', async () => {
    engine.sim.setFaults({ 'run.fail_500': 1 });
    const { jobId, attemptId } = await reserveOne();
    await submitAttempt(engine.context, attemptId);
    await settled(attemptId);
    await engine.context.db.prisma.job.update({ where: { id: jobId }, data: { not_before: null } });
    await submitAttempt(engine.context, await nextAttempt());

    const seeds = requestsOf(jobId).map(({ seed }) => seed);
    expect(seeds).toHaveLength(2);
    expect(new Set(seeds).size).toBe(2);
  });
});

describe('an attempt held back by an embargo', () => {
  it('is sent when its task comes again, by the process that held it', async () => {
    const { jobId, attemptId } = await reserveOne();
    const { prisma } = engine.context.db;
    await prisma.$executeRaw`UPDATE provider_accounts SET embargo_until = now() + interval '1 hour'`;

    expect(await submitAttempt(engine.context, attemptId)).toMatchObject({ kind: 'held' });
    await prisma.$executeRaw`UPDATE provider_accounts SET embargo_until = NULL`;
    expect(await submitAttempt(engine.context, attemptId)).toEqual({ kind: 'accepted' });

    expect(requestsOf(jobId)).toHaveLength(1);
  });
});

describe('running twice', () => {
  it('submits once, also at the same time', async () => {
    const { jobId, attemptId } = await reserveOne();

    const reports = await Promise.all([
      submitAttempt(engine.context, attemptId),
      submitAttempt(engine.context, attemptId),
    ]);
    await submitAttempt(engine.context, attemptId);

    expect(reports.map(({ kind }) => kind).sort()).toEqual(['accepted', 'not_ours']);
    expect(requestsOf(jobId)).toHaveLength(1);
  });

  it('settles once, also at the same time', async () => {
    const { attemptId } = await reserveOne();
    await submitAttempt(engine.context, attemptId);
    await eventually(() => engine.sim.summary().completed > 0);

    const reports = await Promise.all(Array.from({ length: 4 }, () => settleAttempt(engine.context, attemptId)));

    expect(reports.filter(({ kind }) => kind === 'settled').length).toBeLessThanOrEqual(1);
    await eventually(
      async () => (await attemptRow(attemptId)).state === 'succeeded' || settleAttempt(engine.context, attemptId),
    );
    expect(await engine.context.db.prisma.ledgerEntry.count({ where: { attempt_id: attemptId } })).toBe(3);
  });
});

describe('an answer that is lost after fal accepted', () => {
  it.each([
    'submit.reset_after_accept',
    'submit.error_502_after_accept',
    'submit.truncate_2xx',
    'submit.html_2xx',
  ] as const)('%s leaves the attempt unknown, its money reserved, and is never sent again', async (fault) => {
    engine.sim.setFaults({ [fault]: 1 });
    const { jobId, batchId, attemptId } = await reserveOne();

    expect(await submitAttempt(engine.context, attemptId)).toMatchObject({ kind: 'unknown' });
    await eventually(async () => {
      await engine.patrolAndSettle();
      return (await jobRow(jobId)).status === 'needs_review';
    });

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown' });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n });
    expect(await jobRow(jobId)).toMatchObject({ status_detail: 'outcome_unknown', error: { billed: 'maybe' } });
    expect(engine.context.tasks.take('submit')).toEqual([]);
    expect(requestsOf(jobId)).toHaveLength(1);
    expect(await batchState(batchId)).toBe('completed');
  });

  it('is refused a retry, unless a double charge is accepted', async () => {
    engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
    const { jobId, projectId, attemptId } = await reserveOne();
    await submitAttempt(engine.context, attemptId);
    await eventually(async () => {
      await engine.patrolAndSettle();
      return (await jobRow(jobId)).status === 'needs_review';
    });
    engine.sim.setFaults({});

    expect(await retryJob(engine.context, { projectId, jobId })).toMatchObject({
      kind: 'refused',
      code: 'outcome_unknown',
    });
    expect(await retryJob(engine.context, { projectId, jobId, acceptDoubleCharge: true })).toEqual({ kind: 'done' });

    const second = await nextAttempt();
    await submitAttempt(engine.context, second);
    await settled(second);
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', run: 2 });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n });
  });
});

describe('a sender that dies', () => {
  it('after its claim leaves an attempt that becomes unknown, not another POST', async () => {
    engine.failpoints.set('submit.claimed', () => Promise.reject(new Error('killed here')));
    const { jobId, attemptId } = await reserveOne();
    await expect(submitAttempt(engine.context, attemptId)).rejects.toThrow('killed here');
    engine.failpoints.clear();
    await engine.context.db.prisma
      .$executeRaw`UPDATE attempts SET send_deadline_at = now() - interval '1 hour', next_check_at = now() - interval '1 second'`;

    await patrol(engine.context);

    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown' });
    expect(await submitAttempt(engine.context, attemptId)).toEqual({ kind: 'not_ours' });
    expect(requestsOf(jobId)).toEqual([]);
  });

  it('before its claim loses nothing: patrol drives the reserved attempt again', async () => {
    const { attemptId } = await reserveOne();
    await engine.context.db.prisma.$executeRaw`UPDATE attempts SET next_check_at = now() - interval '1 second'`;

    await patrol(engine.context);

    expect(engine.context.tasks.take('submit')).toEqual([attemptId]);
  });

  it('before its claim is waited for ever longer: a slow queue is not filled with tasks for what is in it already', async () => {
    const { attemptId } = await reserveOne();
    const gaps: number[] = [];
    for (let round = 0; round < 5; round++) {
      await engine.context.db.prisma.$executeRaw`UPDATE attempts SET next_check_at = now() - interval '1 second'`;
      await patrol(engine.context);
      const [row] = await engine.context.db.prisma.$queryRaw<{ seconds: number }[]>`
        SELECT extract(epoch FROM next_check_at - now())::double precision AS seconds FROM attempts WHERE id = ${attemptId}`;
      gaps.push(row?.seconds ?? 0);
    }

    const first = taskLostMs(engine.context.policy, 2) / 1_000;
    for (const [round, factor] of [1, 2, 4, 4, 4].entries()) expect(gaps[round]).toBeCloseTo(first * factor, -0.5);
  });

  it('that answers late still binds its request id after patrol gave it up', async () => {
    const { jobId, attemptId } = await reserveOne();
    engine.failpoints.set('submit.answered', async () => {
      await engine.context.db.prisma
        .$executeRaw`UPDATE attempts SET send_deadline_at = now() - interval '1 hour', next_check_at = now() - interval '1 second'`;
      await patrol(engine.context);
      expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown' });
    });

    await submitAttempt(engine.context, attemptId);

    expect(await attemptRow(attemptId)).toMatchObject({
      state: 'accepted',
      request_id: requestsOf(jobId)[0]?.request_id,
    });
  });
});

describe('a run that fails at fal', () => {
  it('is free, goes back with a backoff, and ends the job when its attempts are used up', async () => {
    engine.sim.setFaults({ 'run.fail_500': 1 });
    const { jobId, attemptId } = await reserveOne({ maxAttempts: 2 });
    await submitAttempt(engine.context, attemptId);
    await settled(attemptId);
    expect(await jobRow(jobId)).toMatchObject({ status: 'queued', status_detail: 'backoff', failed_attempts: 1 });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n, release: 80_000_000n, charge: 0n });

    const second = await eventually(async () => (await nextAttempt()) || false);
    await submitAttempt(engine.context, second);
    await settled(second);

    expect(await jobRow(jobId)).toMatchObject({ status: 'failed', error: { code: 'model_error', billed: 'no' } });
    expect(requestsOf(jobId)).toHaveLength(2);
  });

  it('with a 422 is not paid for twice: no retry', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1 });
    const { jobId, attemptId } = await reserveOne();
    await submitAttempt(engine.context, attemptId);
    await settled(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'failed', error: { retryable: false } });
    expect(requestsOf(jobId)).toHaveLength(1);
  });
});

describe('a result that is hard to get', () => {
  it.each(['result.error_504_after_completed', 'result.early_400', 'result.truncated', 'status.error_500'] as const)(
    '%s is asked for again, never submitted again',
    async (fault) => {
      engine.sim.setFaults({ [fault]: 0.6 });
      const { jobId, attemptId } = await reserveOne();
      await submitAttempt(engine.context, attemptId);

      await settled(attemptId);

      expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
      expect(requestsOf(jobId)).toHaveLength(1);
    },
  );

  it('and is gone leaves the job for review with its money reserved', async () => {
    engine.sim.setFaults({ 'result.expired_404': 1 });
    const { jobId, attemptId } = await reserveOne();
    await submitAttempt(engine.context, attemptId);
    await settled(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'needs_review', status_detail: 'result_lost' });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n });
  });
});

describe('the account', () => {
  it('refusing with 429 closes dispatch, costs the job no attempt, and opens again', async () => {
    engine.sim.setFaults({ 'submit.refuse_429': 1 });
    const { jobId, attemptId } = await reserveOne();

    expect(await submitAttempt(engine.context, attemptId)).toMatchObject({
      kind: 'refused',
      embargoMs: expect.any(Number),
    });
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'refused' });
    expect(await jobRow(jobId)).toMatchObject({ status: 'queued', failed_attempts: 0 });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n, release: 80_000_000n });

    engine.sim.setFaults({});
    const second = await eventually(async () => (await nextAttempt()) || false);
    await submitAttempt(engine.context, second);
    await settled(second);
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  it('locked holds every job back and sends one probe at a time', async () => {
    await makeBatch(engine.context.db, { jobs: 10 });
    engine.sim.lock();
    await submitAttempt(engine.context, await nextAttempt());
    for (const held of engine.context.tasks.take('submit')) await submitAttempt(engine.context, held);
    await engine.context.db.prisma
      .$executeRaw`UPDATE provider_accounts SET embargo_until = now() - interval '1 second'`;
    await engine.context.db.prisma.$executeRaw`UPDATE attempts SET slot_until = now() WHERE state = 'reserved'`;

    expect(await dispatch(engine.context)).toMatchObject({ reserved: 1 });
    engine.sim.unlock();
  });
});

describe('cancelling', () => {
  it('a queued job ends it at once', async () => {
    const { projectId, jobIds } = await makeBatch(engine.context.db, { jobs: 1 });
    await cancelJob(engine.context, { projectId, jobId: jobIds[0] ?? '' });

    expect(await jobRow(jobIds[0] ?? '')).toMatchObject({ status: 'cancelled' });
  });

  it('a reserved attempt gives its money back and is never sent', async () => {
    const { jobId, projectId, attemptId } = await reserveOne();
    await cancelJob(engine.context, { projectId, jobId });
    await submitAttempt(engine.context, attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'cancelled' });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n, release: 80_000_000n });
    expect(requestsOf(jobId)).toEqual([]);
  });

  it('an accepted attempt asks fal and keeps a success that came first', async () => {
    const { jobId, projectId, attemptId } = await reserveOne();
    await submitAttempt(engine.context, attemptId);
    await eventually(() => requestsOf(jobId)[0]?.finished_at !== null);
    await cancelJob(engine.context, { projectId, jobId });
    await settled(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded' });
  });

  it('a running attempt ends as fal says', async () => {
    engine.sim.setFaults({ 'run.stuck': 1 });
    const { jobId, projectId, attemptId } = await reserveOne();
    await submitAttempt(engine.context, attemptId);
    await cancelJob(engine.context, { projectId, jobId });
    await settled(attemptId);

    expect(await jobRow(jobId)).toMatchObject({ status: 'cancelled' });
    expect(requestsOf(jobId)).toHaveLength(1);
  });
});

describe('two settles of the last two jobs of a batch, each held open across the other', () => {
  it('close the batch', async () => {
    const { batchId } = await makeBatch(engine.context.db, { jobs: 2 });
    await dispatch(engine.context);
    const [one = '', two = ''] = engine.context.tasks.take('submit');
    await Promise.all([submitAttempt(engine.context, one), submitAttempt(engine.context, two)]);
    await eventually(() =>
      engine.sim
        .ledger()
        .filter(({ tags }) => tags.attempt === one || tags.attempt === two)
        .every((line) => line.finished_at !== null),
    );
    let inside = 0;
    let bothInside: () => void = () => {};
    const meeting = new Promise<void>((resolve) => {
      bothInside = resolve;
    });
    engine.failpoints.set('settle.before_commit', async () => {
      inside += 1;
      if (inside === 2) bothInside();
      await meeting;
    });

    await Promise.all([settleAttempt(engine.context, one), settleAttempt(engine.context, two)]);

    expect(inside).toBe(2);
    expect(await batchState(batchId)).toBe('completed');
  });
});

describe('a sender that wakes up after its deadline', () => {
  /** Frozen between its claim and its POST for longer than a POST may take. */
  async function wakeLate(meanwhile: () => Promise<void>) {
    const reserved = await reserveOne();
    engine.failpoints.set('submit.claimed', async () => {
      engine.passMs(60_000);
      await meanwhile();
    });
    const report = await submitAttempt(engine.context, reserved.attemptId);
    engine.failpoints.clear();
    return { ...reserved, report };
  }

  it('sends nothing, and the job goes back to the queue without having used an attempt', async () => {
    const { jobId, attemptId, report } = await wakeLate(async () => {});

    expect(report.kind).toBe('refused');
    expect(requestsOf(jobId)).toEqual([]);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'refused', failure: { kind: 'not_sent' } });
    expect(await jobRow(jobId)).toMatchObject({ failed_attempts: 0 });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n, release: 80_000_000n });
  });

  it.each([60_000, -60_000])('does so on a machine that slept, or whose clock jumped by %i ms', async (jumpMs) => {
    const { jobId, attemptId } = await reserveOne();
    let sleptMs = 0;
    engine.failpoints.set('submit.claimed', async () => {
      sleptMs = jumpMs;
    });

    await submitAttempt({ ...engine.context, now: () => Date.now() + sleptMs }, attemptId);

    expect(requestsOf(jobId)).toEqual([]);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'refused', failure: { kind: 'not_sent' } });
  });

  const takenForUnknown = async () => {
    await engine.context.db.prisma
      .$executeRaw`UPDATE attempts SET send_deadline_at = now() - interval '1 hour', next_check_at = now() - interval '1 second'`;
    await patrol(engine.context);
  };
  const evidence = [
    { source: 'sender', alive: false, failure: 'no_answer' },
    { source: 'sender', alive: true, failure: 'not_sent' },
  ];

  it.each(['active', 'needs_review'])(
    'frees a job, %s, whose attempt was taken for unknown meanwhile',
    async (status) => {
      const { jobId, attemptId } = await wakeLate(async () => {
        await takenForUnknown();
        await engine.context.db.prisma.$executeRaw`UPDATE jobs SET status = ${status}`;
      });

      expect(await attemptRow(attemptId)).toMatchObject({ state: 'refused', evidence });
      expect(await jobRow(jobId)).toMatchObject({ status: 'queued', failed_attempts: 0, review_at: null });
      expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n, release: 80_000_000n });
      expect(await engine.context.db.prisma.bill.findMany()).toMatchObject([
        { billed_nano_usd: 0n, next_look_at: null },
      ]);
      expect(requestsOf(jobId)).toEqual([]);
    },
  );

  it.each([
    ['that another sender owns', `UPDATE attempts SET owner = 'another'`, 'unknown'],
    ['that was declared lost', `UPDATE attempts SET state = 'lost'`, 'lost'],
  ])('leaves an attempt %s as it is, with its word as evidence', async (_, meanwhile, state) => {
    const { jobId, attemptId } = await wakeLate(async () => {
      await takenForUnknown();
      await engine.context.db.prisma.$executeRawUnsafe(meanwhile);
    });

    expect(await attemptRow(attemptId)).toMatchObject({ state, evidence });
    expect(await jobRow(jobId)).toMatchObject({ status: 'active' });
    expect(await entriesOf(attemptId)).toEqual({ reserve: 80_000_000n });
  });
});
