import { submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 10, listing: true, policy: { evidenceMs: [500, 1_000, 1_500] } });

const jobRow = (id: string) => engine.context.db.prisma.job.findUniqueOrThrow({ where: { id } });
const attemptRow = (id: string) => engine.context.db.prisma.attempt.findUniqueOrThrow({ where: { id } });
const requestsOf = (jobId: string) => engine.sim.ledger().filter(({ tags }) => tags.job === jobId);

/** Jobs whose answers were all lost after fal accepted them. */
async function loseAnswers(inputs: readonly Record<string, unknown>[]) {
  engine.sim.setFaults({ 'submit.reset_after_accept': 1 });
  const { jobIds } = await makeBatch(engine.context.db, { jobs: inputs.length, inputs });
  const attemptIds = await engine.reserve();
  for (const id of attemptIds) expect(await submitAttempt(engine.context, id)).toEqual({ kind: 'unknown' });
  return { jobIds, attemptIds };
}

/** Lets patrol and settle work until the job has the status. */
async function untilStatus(jobId: string, status: string): Promise<void> {
  await eventually(async () => {
    await engine.patrolAndSettle();
    const job = await jobRow(jobId);
    if (job.status !== status) throw new Error(`the job is ${job.status}`);
  });
}

describe('an unknown attempt', () => {
  it('is found in the listing by its exact input, and its job succeeds, paid once', async () => {
    const { jobIds, attemptIds } = await loseAnswers([{}]);
    const [jobId = ''] = jobIds;

    await untilStatus(jobId, 'succeeded');

    const attempt = await attemptRow(attemptIds[0] ?? '');
    expect(attempt).toMatchObject({ state: 'succeeded', request_id: requestsOf(jobId)[0]?.request_id });
    expect(attempt.unknown_at).not.toBeNull();
    expect(attempt.evidence).toMatchObject([
      { source: 'sender', alive: true, failure: 'no_answer' },
      { source: 'listing', complete: true, matches: [attempt.request_id] },
      { source: 'listing', request_id: attempt.request_id, adopted: true, at: expect.any(String) },
    ]);
    expect(requestsOf(jobId)).toHaveLength(1);
  });

  it('that the listing misses waits for a person, with every look on record', async () => {
    const { jobIds, attemptIds } = await loseAnswers([{}]);
    engine.sim.setFaults({ 'listing.miss': 1 });
    const [jobId = ''] = jobIds;

    await untilStatus(jobId, 'needs_review');

    const { evidence, state } = await attemptRow(attemptIds[0] ?? '');
    expect(state).toBe('unknown');
    const look = { source: 'listing', matches: [], complete: true, at: expect.any(String) };
    expect(evidence).toMatchObject([{ source: 'sender' }, look, look, look]);
  });
});

describe('two unknown attempts with the very same input', () => {
  it('are nobody’s to tell apart: both requests fit, and the jobs wait for a person', async () => {
    const { jobIds } = await loseAnswers([{ seed: 7 }, { seed: 7 }]);

    for (const jobId of jobIds) {
      await untilStatus(jobId, 'needs_review');
      expect(await jobRow(jobId)).toMatchObject({ status_detail: 'several_matches' });
    }
  });

  it('of which fal took one: the oldest takes the match, the other waits for a person', async () => {
    const { jobIds, attemptIds } = await loseAnswers([{ seed: 7 }]);
    engine.sim.setFaults({ 'submit.reset_before_accept': 1 });
    const second = await makeBatch(engine.context.db, { jobs: 1, input: { seed: 7 } });
    const [later = ''] = await engine.reserve();
    await submitAttempt(engine.context, later);

    await untilStatus(second.jobIds[0] ?? '', 'needs_review');
    await untilStatus(jobIds[0] ?? '', 'succeeded');

    expect(await attemptRow(attemptIds[0] ?? '')).toMatchObject({ state: 'succeeded' });
    expect(await attemptRow(later)).toMatchObject({ state: 'unknown', request_id: null });
  });

  it('of which one is still being sent: its sender’s own answer comes first', async () => {
    const first = await makeBatch(engine.context.db, { jobs: 1, input: { seed: 7 } });
    const [answered = ''] = await engine.reserve();
    engine.sim.setFaults({ 'submit.reset_before_accept': 1 });
    const second = await makeBatch(engine.context.db, { jobs: 1, input: { seed: 7 } });
    const [unheard = ''] = await engine.reserve();
    await submitAttempt(engine.context, unheard);
    engine.sim.setFaults({});
    engine.failpoints.set('submit.answered', () => untilStatus(second.jobIds[0] ?? '', 'needs_review'));
    await submitAttempt(engine.context, answered);

    expect(await attemptRow(answered)).toMatchObject({ state: 'accepted' });
    expect(await attemptRow(unheard)).toMatchObject({ state: 'unknown', request_id: null });
    expect(requestsOf(first.jobIds[0] ?? '')).toHaveLength(1);
  });
});
