import { insertCallback } from '@reelay/db';
import { dispatch, resolveJob, retryBatch, retryJob, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 10, policy: { evidenceMs: [1_000] } });

const jobRow = (id: string) => engine.context.db.prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => engine.context.db.prisma.attempt.findUniqueOrThrow({ where: { id } });
const requestsOf = (jobId: string) => engine.sim.ledger().filter(({ tags }) => tags.job === jobId);

async function kindsOf(attemptId: string): Promise<string[]> {
  const rows = await engine.context.db.prisma.ledgerEntry.findMany({
    where: { attempt_id: attemptId },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ kind }) => kind);
}

/** A job whose answer and callback are both lost: only a person can tell. */
async function jobInReview() {
  engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
  const { projectId, jobIds } = await makeBatch(engine.context.db, { jobs: 1 });
  const [jobId = ''] = jobIds;
  await dispatch(engine.context);
  const [attemptId = ''] = engine.context.tasks.take('submit');
  await submitAttempt(engine.context, attemptId);
  await eventually(async () => {
    await engine.patrolAndSettle();
    return (await jobRow(jobId)).status === 'needs_review';
  });
  engine.sim.setFaults({});
  return { projectId, jobId, attemptId };
}

describe('a job in review', () => {
  it('adopts the request that a person found at fal, and is paid once', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();
    const requestId = requestsOf(jobId)[0]?.request_id ?? '';

    expect(await resolveJob(engine.context, { projectId, jobId, action: 'adopt', requestId })).toEqual({
      kind: 'done',
    });
    expect(engine.context.tasks.take('settle')).toContain(attemptId);
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', fal_request_id: requestId });
    expect(await kindsOf(attemptId)).toEqual(['reserve', 'release', 'charge']);
    expect(requestsOf(jobId)).toHaveLength(1);
  });

  it('given up is failed, and keeps its money reserved because fal may bill it', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();

    expect(await resolveJob(engine.context, { projectId, jobId, action: 'fail' })).toEqual({ kind: 'done' });

    expect(await jobRow(jobId)).toMatchObject({ status: 'failed', error: { billed: 'maybe' } });
    expect(await kindsOf(attemptId)).toEqual(['reserve']);
  });

  it('given up before its request turned out to be paid is not paid again unless somebody accepts that', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();
    const requestId = requestsOf(jobId)[0]?.request_id ?? '';
    await resolveJob(engine.context, { projectId, jobId, action: 'fail' });
    const proof = { attemptId, requestId, failed: false, stale: false, payload: null, digest: 'late' };
    await insertCallback(engine.context.db.prisma, proof);
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'succeeded' });

    const { batch_id: batchId } = await jobRow(jobId);
    expect(await retryJob(engine.context, { projectId, jobId })).toMatchObject({ code: 'outcome_unknown' });
    expect(await retryBatch(engine.context, { projectId, batchId: batchId ?? '' })).toMatchObject({
      retried: 0,
      skippedUnknown: 1,
    });
    expect(await retryJob(engine.context, { projectId, jobId, acceptDoubleCharge: true })).toEqual({ kind: 'done' });
  });

  it('resubmitted runs again, and the lost attempt keeps its reservation', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();

    expect(await resolveJob(engine.context, { projectId, jobId, action: 'resubmit' })).toEqual({ kind: 'done' });
    await dispatch(engine.context);
    const [second = ''] = engine.context.tasks.take('submit');
    await submitAttempt(engine.context, second);
    await eventually(async () => (await settleAttempt(engine.context, second)).kind === 'settled');

    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', run: 2 });
    expect(await kindsOf(attemptId)).toEqual(['reserve']);
    expect(requestsOf(jobId)).toHaveLength(2);
  });

  it('shows that the named request is being checked, and is checked by patrol when the task is lost', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();
    const requestId = requestsOf(jobId)[0]?.request_id ?? '';
    await resolveJob(engine.context, { projectId, jobId, action: 'adopt', requestId });
    expect(await jobRow(jobId)).toMatchObject({ status: 'needs_review', status_detail: 'checking_request' });
    engine.context.tasks.take('settle');

    await eventually(async () => {
      await engine.patrolAndSettle();
      return (await jobRow(jobId)).status === 'succeeded';
    });

    const { evidence } = await attemptRow(attemptId);
    expect(evidence).toContainEqual(
      expect.objectContaining({ source: 'person', request_id: requestId, adopted: true }),
    );
  });

  it('stays in review when fal does not know the request, and takes the right one after that', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();
    const mistyped = '00000000-0000-4000-8000-000000000000';
    await resolveJob(engine.context, { projectId, jobId, action: 'adopt', requestId: mistyped });
    expect(await settleAttempt(engine.context, attemptId)).toEqual({ kind: 'nothing' });

    expect(await jobRow(jobId)).toMatchObject({ status: 'needs_review', status_detail: 'request_not_adopted' });
    const refuted = await attemptRow(attemptId);
    expect(refuted).toMatchObject({ state: 'unknown', request_id: null, claimed_request_id: null });
    const word = { source: 'person', request_id: mistyped, found: false };
    expect(refuted.evidence).toContainEqual(expect.objectContaining(word));

    const requestId = requestsOf(jobId)[0]?.request_id ?? '';
    await resolveJob(engine.context, { projectId, jobId, action: 'adopt', requestId });
    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');
    expect(await jobRow(jobId)).toMatchObject({ status: 'succeeded', fal_request_id: requestId });
  });

  it('keeps a word that fal could not confirm, and asks again', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();
    const requestId = requestsOf(jobId)[0]?.request_id ?? '';
    engine.sim.setFaults({ 'status.error_500': 1 });
    await resolveJob(engine.context, { projectId, jobId, action: 'adopt', requestId });
    await settleAttempt(engine.context, attemptId);
    expect(await attemptRow(attemptId)).toMatchObject({ state: 'unknown', claimed_request_id: requestId });

    engine.sim.setFaults({});
    await eventually(async () => {
      await engine.patrolAndSettle();
      return (await jobRow(jobId)).status === 'succeeded';
    });
  });

  it('checked by many at the same time is adopted once', async () => {
    const { projectId, jobId, attemptId } = await jobInReview();
    const requestId = requestsOf(jobId)[0]?.request_id ?? '';
    await resolveJob(engine.context, { projectId, jobId, action: 'adopt', requestId });
    await Promise.all(Array.from({ length: 5 }, () => settleAttempt(engine.context, attemptId)));
    await eventually(async () => (await attemptRow(attemptId)).state === 'succeeded');

    expect(await kindsOf(attemptId)).toEqual(['reserve', 'release', 'charge']);
    const adoptions = ((await attemptRow(attemptId)).evidence as { adopted?: boolean }[]).filter(
      ({ adopted }) => adopted,
    );
    expect(adoptions).toHaveLength(1);
  });

  it('refuses a request that belongs to another attempt', async () => {
    const one = await jobInReview();
    const two = await jobInReview();
    const requestId = requestsOf(one.jobId)[0]?.request_id ?? '';
    await resolveJob(engine.context, { ...one, action: 'adopt', requestId });
    await settleAttempt(engine.context, one.attemptId);

    expect(await resolveJob(engine.context, { ...two, action: 'adopt', requestId })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(one.attemptId),
    });
  });
});

it('a job that is not in review is not resolved', async () => {
  const { projectId, jobIds } = await makeBatch(engine.context.db, { jobs: 1 });

  const report = await resolveJob(engine.context, { projectId, jobId: jobIds[0] ?? '', action: 'fail' });
  expect(report).toMatchObject({ kind: 'refused', code: 'invalid_state' });
});
