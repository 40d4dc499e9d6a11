import { clearRefusals, inTransaction, setEmbargo } from '@reelay/db';
import { cancelJob, dispatch, settleAttempt, submitAttempt } from '@reelay/engine';
import { makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 3 });

const account = () => engine.context.db.prisma.providerAccount.findUniqueOrThrow({ where: { id: 'fal' } });

async function embargoFor(durationMs: number): Promise<void> {
  await inTransaction(engine.context.db, (tx) => setEmbargo(tx, { durationMs, pauseReason: 'provider_balance' }));
}

describe('after a refusal', () => {
  it('one probe goes out beside what already runs, and no second until it is answered', async () => {
    await makeBatch(engine.context.db, { jobs: 6 });
    const [one = '', two = '', three = ''] = await engine.reserve();
    await submitAttempt(engine.context, one);
    await submitAttempt(engine.context, two);
    engine.sim.setFaults({ 'submit.refuse_429': 1 });
    await submitAttempt(engine.context, three);
    await engine.context.db.prisma
      .$executeRaw`UPDATE provider_accounts SET embargo_until = now() - interval '1 second'`;

    expect(await engine.reserve()).toHaveLength(1);
    expect(await dispatch(engine.context)).toMatchObject({ reserved: 0 });
  });
});

describe('an embargo', () => {
  it('that has ended is not cleared by the answer to what was sent before it was set', async () => {
    const sentAt = new Date(Date.now() - 1_000);
    await embargoFor(0);
    await clearRefusals(engine.context.db, sentAt);

    expect(await account()).toMatchObject({ embargo_reason: 'provider_balance', refusals_in_row: 1 });
  });

  it('that runs is not lifted by the answer to an older request', async () => {
    await embargoFor(60_000);
    await clearRefusals(engine.context.db, new Date(Date.now() + 1_000));

    expect(await account()).toMatchObject({ embargo_until: expect.any(Date), refusals_in_row: 1 });
  });

  it('that has ended is cleared by the next acceptance', async () => {
    await embargoFor(0);
    await clearRefusals(engine.context.db, new Date(Date.now() + 1_000));

    expect(await account()).toMatchObject({ embargo_until: null, embargo_reason: null, refusals_in_row: 0 });
  });
});

it('a cancel that fal did not hear is asked again', async () => {
  engine.sim.setFaults({ 'run.stuck': 1 });
  const { projectId, jobIds } = await makeBatch(engine.context.db, { jobs: 1 });
  const [attemptId = ''] = await engine.reserve();
  await submitAttempt(engine.context, attemptId);
  await cancelJob(engine.context, { projectId, jobId: jobIds[0] ?? '' });
  const deaf = { ...engine.context, fal: { ...engine.context.fal, cancel: async () => 'unavailable' as const } };

  await settleAttempt(deaf, attemptId);

  const attempt = await engine.context.db.prisma.attempt.findUniqueOrThrow({ where: { id: attemptId } });
  expect(attempt.cancel_asked_at).toBeNull();
});
