import { describe, expect, it } from 'vitest';
import { inputOf, LONGEST_RUN_MS, startSim, statusOf, submit } from './harness.ts';

describe('the admin calls', () => {
  it('advance the clock, which moves runs', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);

    const body = JSON.stringify({ advance_ms: LONGEST_RUN_MS });
    const answer = await fetch(`${sim.url}/_sim/clock`, { method: 'POST', body });

    expect(answer.status).toBe(200);
    expect(await statusOf(sim, requestId)).toBe('COMPLETED');
  });

  it.each(['{}', '{"advance_ms":-1}', '{"advance_ms":"1"}', 'x'])('refuse to set the clock by %s', async (body) => {
    const sim = await startSim();

    const answer = await fetch(`${sim.url}/_sim/clock`, { method: 'POST', body });

    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toBeTruthy();
  });

  it('lock and unlock the account', async () => {
    const sim = await startSim();

    await fetch(`${sim.url}/_sim/lock`, { method: 'POST' });
    const locked = sim.summary().locked;
    await fetch(`${sim.url}/_sim/unlock`, { method: 'POST' });

    expect([locked, sim.summary().locked]).toEqual([true, false]);
  });

  it('are not counted as submits', async () => {
    const sim = await startSim();
    await submit(sim, inputOf());

    await fetch(`${sim.url}/_sim/lock`, { method: 'POST' });

    expect(await (await fetch(`${sim.url}/_sim/summary`)).json()).toMatchObject({
      accepted: 1,
      running: 1,
      queued: 0,
      completed: 0,
      errored: 0,
      cancelled: 0,
      submits_seen: 1,
      max_in_progress: 1,
    });
  });

  it('need no option to start, and name every bad one', async () => {
    await expect(startSim({ speed: 0, bill422: 2 })).rejects.toThrow(/speed: .*bill422: /);
  });
});
