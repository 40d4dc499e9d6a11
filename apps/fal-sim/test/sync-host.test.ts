import { describe, expect, it } from 'vitest';
import type { FalSim } from '../src/index.ts';
import {
  AUTHORIZED,
  ENDPOINT,
  eventually,
  falClient,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  makeStateDir,
  post,
  readJson,
  startReceiver,
  startSim,
} from './harness.ts';

function run(
  sim: FalSim,
  input: unknown = inputOf(),
  options: RequestInit & { query?: string } = {},
): Promise<Response> {
  const { query = '', ...rest } = options;
  return fetch(`${sim.url}/_host/run/${ENDPOINT}${query}`, {
    method: 'POST',
    headers: AUTHORIZED,
    body: JSON.stringify(input),
    ...rest,
  });
}

/** Waits until this many run, then lets their time pass. */
async function finishRuns(sim: FalSim, count: number): Promise<void> {
  await eventually(() => expect(sim.summary().running).toBe(count));
  sim.advanceClock(LONGEST_RUN_MS);
}

describe('the sync host', () => {
  it("answers with the model's output when the run has ended", async () => {
    const sim = await startSim();
    const answering = run(sim, inputOf({ seed: 7 }));
    await finishRuns(sim, 1);

    const answer = await answering;

    const requestId = answer.headers.get('x-fal-request-id') ?? '';
    expect([answer.status, answer.headers.get('x-fal-billable-units')]).toEqual([200, '1.0625']);
    expect(await answer.json()).toMatchObject({ seed: 7, video: { content_type: 'video/mp4' } });
    expect(lineOf(sim, requestId)).toMatchObject({ status: 'completed', billed_nano_usd: 85_000_000 });
    expect(lineOf(sim, requestId).told_at).not.toBeNull();
  });

  it('serves the official client', async () => {
    const sim = await startSim({ speed: 5_000 });

    const { data } = await falClient(sim).run(ENDPOINT, { input: inputOf({ seed: 9 }) });

    expect(data).toMatchObject({ seed: 9 });
  });

  it('answers an invalid input with 422 and no bill', async () => {
    const sim = await startSim();
    const answering = run(sim, inputOf({ num_frames: 1 }));
    await finishRuns(sim, 1);

    const answer = await answering;

    expect([answer.status, answer.headers.get('x-fal-billable-units')]).toEqual([422, '0']);
  });

  it('refuses what is over the concurrency and accepts nothing of it', async () => {
    const sim = await startSim({ concurrency: 2 });
    await post(sim, inputOf({ seed: 1 }));
    const answering = run(sim, inputOf({ seed: 2 }));
    await eventually(() => expect(sim.summary().running).toBe(2));

    const refused = await run(sim, inputOf({ seed: 3 }));
    sim.advanceClock(LONGEST_RUN_MS);

    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-fal-error-type')).toBe('concurrent_requests_limit');
    expect(refused.headers.get('x-fal-needs-retry')).toBe('1');
    expect((await readJson(refused)).error_type).toBe('concurrent_requests_limit');
    expect((await answering).status).toBe(200);
    expect(sim.summary()).toMatchObject({ accepted: 2, max_in_progress: 2, submits_seen: 3 });
  });

  it('lets no more than the concurrency in when many come at once', async () => {
    const sim = await startSim({ concurrency: 3, stateDir: await makeStateDir() });
    const answering = Array.from({ length: 12 }, (_, seed) => run(sim, inputOf({ seed })));
    await eventually(() => expect(sim.summary().submits_seen).toBe(12));
    await finishRuns(sim, 3);

    const statuses = (await Promise.all(answering)).map((answer) => answer.status);

    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(9);
    expect(sim.summary()).toMatchObject({ accepted: 3, max_in_progress: 3 });
  });

  it.each([
    ['no key', 401, {}, ENDPOINT],
    ['an unknown application', 404, AUTHORIZED, 'fal-ai/unknown/x'],
  ])('refuses %s with %i', async (_what, status, headers, endpoint) => {
    const sim = await startSim();

    const answer = await fetch(`${sim.url}/_host/run/${endpoint}`, { method: 'POST', headers, body: '{}' });

    expect(answer.status).toBe(status);
    expect(sim.ledger()).toEqual([]);
  });

  it('refuses with 403 while the account is locked', async () => {
    const sim = await startSim();
    sim.lock();

    expect((await run(sim)).status).toBe(403);
  });

  it('runs and bills on when its caller hangs up, and tells nobody', async () => {
    const sim = await startSim();
    const caller = new AbortController();
    const answering = run(sim, inputOf(), { signal: caller.signal }).catch(() => 'hung up');
    await eventually(() => expect(sim.summary().running).toBe(1));

    caller.abort();
    await answering;
    sim.advanceClock(LONGEST_RUN_MS);

    await eventually(() => expect(sim.summary().completed).toBe(1));
    expect(sim.ledger()).toMatchObject([{ billed_nano_usd: 85_000_000 }]);
  });

  it('sends no callback', async () => {
    const sim = await startSim();
    const receiver = await startReceiver();
    const answering = run(sim, inputOf(), { query: receiver.query });
    await finishRuns(sim, 1);

    await answering;

    expect(sim.ledger()).toMatchObject([{ webhook_url: null }]);
    expect(sim.summary().webhooks.sent).toBe(0);
  });

  it('breaks the connection when the simulator closes', async () => {
    const sim = await startSim();
    const answering = run(sim).catch(() => 'broken');
    await eventually(() => expect(sim.summary().running).toBe(1));

    await sim.close();

    expect(await answering).toBe('broken');
  });
});
