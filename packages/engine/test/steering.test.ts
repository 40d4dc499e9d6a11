import { cancelQueuedJobs } from '@reelay/db';
import {
  cancelBatch,
  changeBatch,
  dispatch,
  patrol,
  pauseBatch,
  resumeBatch,
  retryBatch,
  retryJob,
  settleAttempt,
  submitAttempt,
} from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 3 });

async function reserveAll(): Promise<string[]> {
  await dispatch(engine.context);
  return engine.context.tasks.take('submit');
}

async function statusesOf(batchId: string): Promise<Record<string, number>> {
  const groups = await engine.context.db.prisma.job.groupBy({
    by: ['status'],
    where: { batch_id: batchId },
    _count: true,
  });
  return Object.fromEntries(groups.map((group) => [group.status, group._count]));
}

const stateOf = async (batchId: string) =>
  (await engine.context.db.prisma.batch.findUniqueOrThrow({ where: { id: batchId } })).state;

async function runToEnd(attemptIds: readonly string[]): Promise<void> {
  for (const id of attemptIds) await submitAttempt(engine.context, id);
  for (const id of attemptIds) {
    await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
  }
}

async function heldNanoUsd(batchId: string): Promise<bigint> {
  const entries = await engine.context.db.prisma.ledgerEntry.findMany({ where: { batch_id: batchId } });
  const sum = (kind: string) =>
    entries.filter((entry) => entry.kind === kind).reduce((a, b) => a + b.amount_nano_usd, 0n);
  return sum('reserve') - sum('release');
}

describe('a pause that comes between reserving and sending', () => {
  it('gives the attempt back: nothing is sent, the money is free, the job is queued', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 2 });
    const [first = ''] = await reserveAll();
    await pauseBatch(engine.context, target);

    expect(await submitAttempt(engine.context, first)).toEqual({ kind: 'released' });
    expect(await statusesOf(target.batchId)).toEqual({ queued: 1, active: 1 });
    expect(await heldNanoUsd(target.batchId)).toBe(80_000_000n);
    expect(engine.sim.ledger().filter(({ tags }) => tags.attempt === first)).toEqual([]);

    await resumeBatch(engine.context, target);
    expect(await reserveAll()).toHaveLength(1);
  });
});

describe('cancelling a batch', () => {
  it('drains: queued and reserved jobs end now, what runs ends as fal says, and the batch is cancelled', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 8 });
    const [sent = '', ...reserved] = await reserveAll();
    await submitAttempt(engine.context, sent);

    expect(await cancelBatch(engine.context, { ...target, mode: 'drain' })).toEqual({ kind: 'done' });
    expect(await stateOf(target.batchId)).toBe('cancelling');
    expect(await submitAttempt(engine.context, reserved[0] ?? '')).toEqual({ kind: 'not_ours' });
    await eventually(async () => (await settleAttempt(engine.context, sent)).kind === 'settled');

    expect(await statusesOf(target.batchId)).toEqual({ cancelled: 7, succeeded: 1 });
    expect(await stateOf(target.batchId)).toBe('cancelled');
    expect(await heldNanoUsd(target.batchId)).toBe(0n);
  });

  it('aborts: fal is asked to stop what runs', async () => {
    engine.sim.setFaults({ 'run.stuck': 1 });
    const target = await makeBatch(engine.context.db, { jobs: 4 });
    const attempts = await reserveAll();
    for (const id of attempts) await submitAttempt(engine.context, id);

    await cancelBatch(engine.context, { ...target, mode: 'abort' });
    expect(engine.context.tasks.take('settle').toSorted()).toEqual(attempts.toSorted());
    for (const id of attempts)
      await eventually(async () => (await settleAttempt(engine.context, id)).kind === 'settled');

    expect(await statusesOf(target.batchId)).toEqual({ cancelled: 4 });
    expect(await stateOf(target.batchId)).toBe('cancelled');
  });

  it('also ends a job that came back to the queue after the sweep', async () => {
    engine.sim.setFaults({ 'run.fail_500': 1 });
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    const [attempt = ''] = await reserveAll();
    await submitAttempt(engine.context, attempt);
    await cancelBatch(engine.context, { ...target, mode: 'drain' });
    await eventually(async () => (await settleAttempt(engine.context, attempt)).kind === 'settled');

    await patrol(engine.context);

    expect(await statusesOf(target.batchId)).toEqual({ cancelled: 1 });
    expect(await stateOf(target.batchId)).toBe('cancelled');
  });

  it('that a retry has overtaken cancels nothing more', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 4 });
    await cancelBatch(engine.context, { ...target, mode: 'drain' });
    await retryBatch(engine.context, { ...target, statuses: ['cancelled'] });

    expect(await cancelQueuedJobs(engine.context.db.prisma, target.batchId)).toEqual([]);
    expect(await statusesOf(target.batchId)).toEqual({ queued: 4 });
  });

  it('is refused once the batch has completed', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    await runToEnd(await reserveAll());

    expect(await cancelBatch(engine.context, { ...target, mode: 'drain' })).toMatchObject({
      kind: 'refused',
      code: 'invalid_state',
    });
  });

  it("of another project's batch finds nothing", async () => {
    const { batchId } = await makeBatch(engine.context.db, { jobs: 1 });
    const { projectId } = await makeBatch(engine.context.db, { jobs: 1 });

    expect(await cancelBatch(engine.context, { projectId, batchId, mode: 'drain' })).toEqual({ kind: 'not_found' });
  });
});

describe('changing cap and priority while dispatch runs', () => {
  it('never meets it in a deadlock', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 3, capUsd: '100' });

    for (let round = 0; round < 10; round++) {
      const change = { ...target, capNanoUsd: 5_000_000_000n, priority: round };
      await Promise.all([changeBatch(engine.context, change), dispatch(engine.context)]);
    }

    expect(await statusesOf(target.batchId)).toEqual({ active: 3 });
  });
});

describe('retrying the failed jobs of a batch', () => {
  it('is refused for a batch that never started: half a file would run', async () => {
    const target = await makeBatch(engine.context.db, { jobs: 2 });
    await engine.context.db.prisma.batch.update({ where: { id: target.batchId }, data: { in_progress_at: null } });
    await cancelBatch(engine.context, { ...target, mode: 'drain' });

    const refusal = { kind: 'refused', code: 'invalid_state' };
    expect(await retryBatch(engine.context, { ...target, statuses: ['cancelled'] })).toMatchObject(refusal);
    expect(await retryJob(engine.context, { ...target, jobId: target.jobIds[0] ?? '' })).toMatchObject(refusal);
  });

  it('counts first, then opens the batch again and runs them with the patched input and price', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1 });
    const target = await makeBatch(engine.context.db, { jobs: 3 });
    await runToEnd(await reserveAll());
    expect(await stateOf(target.batchId)).toBe('completed');
    engine.sim.setFaults({});

    const dry = await retryBatch(engine.context, { ...target, dryRun: true });
    expect(dry).toEqual({
      kind: 'done',
      retried: 3,
      skippedUnknown: 0,
      skippedInvalid: 0,
      estimatedNanoUsd: 240_000_000n,
    });
    expect(await statusesOf(target.batchId)).toEqual({ failed: 3 });

    // Three attempts for each of three rows.
    await engine.context.db.prisma.$executeRaw`UPDATE batches SET worst_case_nano_usd = estimated_nano_usd * 3`;
    await retryBatch(engine.context, { ...target, inputPatch: { num_frames: 16 + 1 } });
    await runToEnd(await reserveAll());

    expect(await statusesOf(target.batchId)).toEqual({ succeeded: 3 });
    const batch = await engine.context.db.prisma.batch.findUniqueOrThrow({ where: { id: target.batchId } });
    expect(batch).toMatchObject({
      state: 'completed',
      estimated_nano_usd: 3n * 42_500_000n,
      worst_case_nano_usd: 9n * 42_500_000n,
    });
  });

  it('refuses a patch that the model does not take, and changes nothing', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1 });
    const target = await makeBatch(engine.context.db, { jobs: 1 });
    await runToEnd(await reserveAll());

    expect(await retryBatch(engine.context, { ...target, inputPatch: { num_frames: 1 } })).toMatchObject({
      kind: 'invalid',
    });
    expect(await statusesOf(target.batchId)).toEqual({ failed: 1 });
  });

  it('takes only the failures of the asked code', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1 });
    const target = await makeBatch(engine.context.db, { jobs: 2 });
    await runToEnd(await reserveAll());

    expect(await retryBatch(engine.context, { ...target, errorCode: 'model_error' })).toMatchObject({ retried: 0 });
  });
});
