import { describe, expect, it } from 'vitest';
import { AUTHORIZED, ENDPOINT, inputOf, post, readJson, startSim } from './harness.ts';

/** What a caller sees of a submit: a status, or nothing because the connection broke. */
async function outcomeOf(answer: Promise<Response>): Promise<number | 'broken'> {
  try {
    const { status } = await answer;
    return status;
  } catch {
    return 'broken';
  }
}

describe('before acceptance', () => {
  it('submit.refuse_429 refuses with Retry-After', async () => {
    const sim = await startSim({ faults: { 'submit.refuse_429': { p: 1, retry_after: 5 } } });

    const answer = await post(sim, inputOf());

    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(sim.ledger()).toEqual([]);
  });

  it('submit.error_503_before_accept refuses with a gateway page', async () => {
    const sim = await startSim({ faults: { 'submit.error_503_before_accept': 1 } });

    const answer = await post(sim, inputOf());

    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(sim.ledger()).toEqual([]);
  });

  it('submit.reset_before_accept breaks the connection and accepts nothing', async () => {
    const sim = await startSim({ faults: { 'submit.reset_before_accept': 1 } });

    expect(await outcomeOf(post(sim, inputOf()))).toBe('broken');
    expect(sim.summary()).toMatchObject({ accepted: 0, submits_seen: 1 });
  });

  it('submit.redirect_307 points at the same address and accepts nothing', async () => {
    const sim = await startSim({ faults: { 'submit.redirect_307': 1 } });

    const answer = await post(sim, inputOf(), { query: '?fal_webhook=http%3A%2F%2Fx.test' });

    expect(answer.status).toBe(307);
    expect(answer.headers.get('location')).toBe(`/${ENDPOINT}?fal_webhook=http%3A%2F%2Fx.test`);
    expect(sim.ledger()).toEqual([]);
  });

  it('submit.redirect_307 makes a client that follows redirects post twice', async () => {
    const sim = await startSim({ faults: { 'submit.redirect_307': 0.5 }, seed: 5 });
    const submitFollowing = (seed: number) =>
      fetch(`${sim.url}/${ENDPOINT}`, { method: 'POST', headers: AUTHORIZED, body: JSON.stringify(inputOf({ seed })) });

    for (let seed = 0; seed < 8; seed += 1) await submitFollowing(seed);

    expect(sim.summary().accepted).toBe(8);
    expect(sim.summary().submits_seen).toBeGreaterThan(8);
  });
});

describe('after acceptance', () => {
  it('submit.error_500_after_accept answers 500 for an accepted request', async () => {
    const sim = await startSim({ faults: { 'submit.error_500_after_accept': 1 } });

    const answer = await post(sim, inputOf());

    expect(answer.status).toBe(500);
    expect(answer.headers.get('x-fal-request-id')).toBeNull();
    expect(sim.ledger()).toHaveLength(1);
  });

  it('submit.error_502_after_accept answers a gateway page for an accepted request', async () => {
    const sim = await startSim({ faults: { 'submit.error_502_after_accept': 1 } });

    const answer = await post(sim, inputOf());

    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain('502 Bad Gateway');
    expect(sim.ledger()).toHaveLength(1);
  });

  it('submit.reset_after_accept breaks the connection of an accepted request', async () => {
    const sim = await startSim({ faults: { 'submit.reset_after_accept': 1 } });

    expect(await outcomeOf(post(sim, inputOf()))).toBe('broken');
    expect(sim.ledger()).toHaveLength(1);
  });

  it('submit.hang_after_accept accepts at once and answers late, at any speed', async () => {
    const sim = await startSim({ speed: 1_000, faults: { 'submit.hang_after_accept': { p: 1, ms: 300 } } });
    const startedAt = performance.now();

    const answer = await post(sim, inputOf());

    expect(answer.status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    const [line] = sim.ledger();
    expect(Date.parse(line?.accepted_at ?? '')).toBeLessThan(Date.now() - 250);
  });

  it('submit.hang_after_accept lets a caller give up', async () => {
    const sim = await startSim({ faults: { 'submit.hang_after_accept': 1 } });

    const answer = fetch(`${sim.url}/${ENDPOINT}`, {
      method: 'POST',
      headers: AUTHORIZED,
      body: '{}',
      signal: AbortSignal.timeout(200),
    });

    await expect(answer).rejects.toThrow();
    expect(sim.ledger()).toHaveLength(1);
  });

  it('submit.truncate_2xx promises more bytes than it sends', async () => {
    const sim = await startSim({ faults: { 'submit.truncate_2xx': 1 } });

    const answer = await post(sim, inputOf());

    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(sim.ledger()).toHaveLength(1);
  });

  it('submit.html_2xx answers 200 with a page instead of JSON', async () => {
    const sim = await startSim({ faults: { 'submit.html_2xx': 1 } });

    const answer = await post(sim, inputOf());

    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html']);
    await expect(answer.json()).rejects.toThrow(SyntaxError);
    expect(sim.ledger()).toHaveLength(1);
  });
});

describe('the fault table', () => {
  it('strikes the same submits in a repeated run, however they interleave', async () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const runOnce = async (order: readonly number[]) => {
      const sim = await startSim({ faults: { 'submit.reset_after_accept': 0.3, 'submit.refuse_429': 0.3 }, seed: 11 });
      const outcomes = await Promise.all(
        order.map(async (seed) => [seed, await outcomeOf(post(sim, inputOf({ seed })))]),
      );
      return Object.fromEntries(outcomes);
    };

    const forwards = await runOnce(seeds);
    const backwards = await runOnce(seeds.toReversed());

    expect(backwards).toEqual(forwards);
    expect(new Set(Object.values(forwards))).toEqual(new Set([200, 429, 'broken']));
  });

  it('draws anew for a second submit of the same input', async () => {
    const sim = await startSim({ faults: { 'submit.refuse_429': 0.5 } });

    const statuses = new Set<number>();
    for (let nth = 0; nth < 30; nth += 1) statuses.add((await post(sim, inputOf())).status);

    expect(statuses).toEqual(new Set([200, 429]));
  });

  it('is replaced as a whole by PUT /_sim/faults', async () => {
    const sim = await startSim({ faults: { 'submit.refuse_429': 1 } });

    const put = await fetch(`${sim.url}/_sim/faults`, { method: 'PUT', body: '{"submit.html_2xx":1}' });
    const answer = await post(sim, inputOf());

    expect(put.status).toBe(200);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html']);
  });

  it('refuses an unknown name over HTTP, lists the known ones and stays as it was', async () => {
    const sim = await startSim({ faults: { 'submit.refuse_429': 1 } });

    const put = await fetch(`${sim.url}/_sim/faults`, { method: 'PUT', body: '{"webhook.loose":1}' });
    const answer = await post(sim, inputOf());

    expect(put.status).toBe(400);
    expect((await readJson(put)).error).toMatch(/Unknown fault "webhook\.loose".*webhook\.lose/);
    expect(answer.status).toBe(429);
  });
});
