import { describe, expect, it } from 'vitest';
import type { FalSim } from '../src/index.ts';
import {
  askPlatform,
  ENDPOINT,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  type Query,
  startSim,
  submit,
  submitMany,
} from './harness.ts';

interface Item {
  readonly request_id: string;
  readonly ended_at: string | null;
  readonly duration: number | null;
}

interface Listing {
  readonly items: Item[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

async function listPage(sim: FalSim, query: Query = {}): Promise<Listing> {
  const answer = await askPlatform(sim, 'models/requests/by-endpoint', { endpoint_id: ENDPOINT, ...query });
  return (await answer.json()) as Listing;
}

async function listAll(sim: FalSim, query: Query, between?: () => unknown): Promise<Item[]> {
  const items: Item[] = [];
  for (
    let page = await listPage(sim, query);
    ;
    page = await listPage(sim, { ...query, cursor: page.next_cursor ?? '' })
  ) {
    items.push(...page.items);
    if (page.next_cursor === null) return items;
    await between?.();
  }
}

const idsOf = (items: readonly Item[]) => items.map((item) => item.request_id);

describe('an item', () => {
  it('tells a finished request with its payloads', async () => {
    const sim = await startSim();
    const input = inputOf({ seed: 7 });
    const requestId = await submit(sim, input);
    sim.advanceClock(LONGEST_RUN_MS);

    const { items } = await listPage(sim, { expand: 'payloads' });

    const line = lineOf(sim, requestId);
    expect(items).toEqual([
      {
        request_id: requestId,
        endpoint_id: ENDPOINT,
        sent_at: line.accepted_at,
        started_at: line.started_at,
        ended_at: line.finished_at,
        status_code: 200,
        duration: expect.any(Number),
        json_input: input,
        json_output: expect.objectContaining({ seed: 7 }),
      },
    ]);
    expect(items[0]?.duration).toBeGreaterThan(50);
    expect(items[0]?.duration).toBeLessThan(LONGEST_RUN_MS / 1_000);
  });

  it('shows no payloads unless they are asked for', async () => {
    const sim = await startSim();
    await submit(sim);

    const { items } = await listPage(sim);

    expect(Object.keys(items[0] ?? {}).filter((name) => name.startsWith('json_'))).toEqual([]);
  });

  it('shows none for a request that was not to be stored', async () => {
    const sim = await startSim();
    await submit(sim, inputOf(), { headers: { 'x-fal-store-io': '0' } });
    sim.advanceClock(LONGEST_RUN_MS);

    const { items } = await listPage(sim, { expand: 'payloads' });

    expect(items).toMatchObject([{ status_code: 200, json_input: null, json_output: null }]);
  });

  it('has no end while the request runs or waits', async () => {
    const sim = await startSim({ concurrency: 1 });
    const [running, queued] = await submitMany(sim, 2);

    const { items } = await listPage(sim, { expand: 'payloads' });

    const open = { ended_at: null, status_code: null, duration: null, json_output: null };
    expect(items).toMatchObject([
      { request_id: queued, ...open, json_input: inputOf({ seed: 1 }) },
      { request_id: running, ...open },
    ]);
  });

  it('tells an input that is no JSON as null', async () => {
    const sim = await startSim();
    await submit(sim, '{');

    expect((await listPage(sim, { expand: 'payloads' })).items).toMatchObject([{ json_input: null }]);
  });
});

describe('the filters', () => {
  it('tell success, error and user_error apart, and open requests from all three', async () => {
    const sim = await startSim({ concurrency: 3 });
    const good = await submit(sim, inputOf({ seed: 1 }));
    const invalid = await submit(sim, inputOf({ num_frames: 1 }));
    sim.advanceClock(LONGEST_RUN_MS);
    sim.setFaults({ 'run.fail_500': 1 });
    const failed = await submit(sim, inputOf({ seed: 2 }));
    sim.advanceClock(LONGEST_RUN_MS);
    await submit(sim, inputOf({ seed: 3 }));

    const listed = ['success', 'user_error', 'error'].map(async (status) => idsOf(await listAll(sim, { status })));

    expect(await Promise.all(listed)).toEqual([[good], [invalid], [failed]]);
  });

  it('find one request by its id', async () => {
    const sim = await startSim();
    const [, second = ''] = await submitMany(sim, 3);

    expect(idsOf((await listPage(sim, { request_id: second })).items)).toEqual([second]);
  });

  it.each([
    { endpoint_id: 'fal-ai/other' },
    { start: '2999-01-01' },
    { start: '2020-01-01', end: '2020-01-02T00:00:00Z' },
    { request_id: '00000000-0000-4000-8000-000000000000' },
  ])('leave out what is not of %j', async (query) => {
    const sim = await startSim();
    await submit(sim);

    expect((await listPage(sim)).items).toHaveLength(1);
    expect((await listPage(sim, query)).items).toEqual([]);
  });

  it('take the moment a request was sent, the end being outside', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);
    const at = lineOf(sim, requestId).accepted_at;

    expect((await listPage(sim, { end: at })).items).toEqual([]);
    expect(idsOf((await listPage(sim, { start: at })).items)).toEqual([requestId]);
  });
});

describe('the pages', () => {
  it('begin with open requests, the newest first, then go back from the one that ended last', async () => {
    const sim = await startSim({ concurrency: 1 });
    const [first, second] = await submitMany(sim, 2);
    sim.advanceClock(2 * LONGEST_RUN_MS);
    const [third, fourth] = await submitMany(sim, 2);

    expect(idsOf(await listAll(sim, { limit: 1 }))).toEqual([fourth, third, second, first]);
  });

  it('go from the longest to the shortest when sorted by duration', async () => {
    const sim = await startSim();
    await submitMany(sim, 9);
    sim.advanceClock(LONGEST_RUN_MS);

    const durations = (await listAll(sim, { sort_by: 'duration', limit: 4 })).map((item) => item.duration ?? 0);

    expect(durations).toHaveLength(9);
    expect(durations).toEqual(durations.toSorted((one, other) => other - one));
    expect(new Set(durations).size).toBeGreaterThan(5);
  });

  it.each(['ended_at', 'duration'])(
    'by %s show each request that was there at the first once, while some finish and others come',
    async (sort_by) => {
      const sim = await startSim({ concurrency: 4 });
      const ids = await submitMany(sim, 12);
      sim.advanceClock(LONGEST_RUN_MS);
      let seed = 100;

      const listed = await listAll(sim, { sort_by, limit: 2 }, async () => {
        seed += 1;
        await submit(sim, inputOf({ seed }));
        sim.advanceClock(30_000);
      });

      expect(idsOf(listed).toSorted()).toEqual(ids.toSorted());
    },
  );
});

describe('the faults', () => {
  it('listing.lag hides a request for simulated time after it was sent', async () => {
    const sim = await startSim({ faults: { 'listing.lag': { p: 1, ms: 900_000 } } });
    const requestId = await submit(sim);
    sim.advanceClock(899_000);

    const early = [await listPage(sim), await listPage(sim, { request_id: requestId })];
    sim.advanceClock(1_000);

    expect(early.flatMap((page) => page.items)).toEqual([]);
    expect(idsOf((await listPage(sim)).items)).toEqual([requestId]);
  });

  it('listing.miss never lists some requests, by their id neither', async () => {
    const sim = await startSim({ faults: { 'listing.miss': 0.5 } });
    const ids = await submitMany(sim, 20);

    const listed = new Set(idsOf(await listAll(sim, {})));
    const missed = ids.filter((id) => !listed.has(id));

    expect(missed.length).toBeGreaterThan(0);
    expect(listed.size).toBeGreaterThan(0);
    expect((await listPage(sim, { request_id: missed[0] ?? '' })).items).toEqual([]);
    expect(new Set(idsOf(await listAll(sim, {})))).toEqual(listed);
  });
});
