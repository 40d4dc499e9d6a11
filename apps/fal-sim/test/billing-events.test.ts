import { describe, expect, it } from 'vitest';
import type { FalSim, SimOptions } from '../src/index.ts';
import {
  askPlatform,
  ENDPOINT,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  makeStateDir,
  type Query,
  read,
  startSim,
  submit,
  submitMany,
} from './harness.ts';

interface BillingEvent {
  readonly request_id: string;
  readonly cost_estimate_nano_usd: number;
  readonly cost_total: number;
}

interface Listing {
  readonly billing_events: BillingEvent[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

async function listPage(sim: FalSim, query: Query = {}): Promise<Listing> {
  return (await askPlatform(sim, 'models/billing-events', query)).json() as Promise<Listing>;
}

/** Every page, with whatever happens between two of them. */
async function listAll(sim: FalSim, query: Query, between?: () => unknown): Promise<BillingEvent[]> {
  const events: BillingEvent[] = [];
  for (
    let page = await listPage(sim, query);
    ;
    page = await listPage(sim, { ...query, cursor: page.next_cursor ?? '' })
  ) {
    events.push(...page.billing_events);
    if (page.next_cursor === null) return events;
    await between?.();
  }
}

const idsOf = (events: readonly BillingEvent[]) => events.map((event) => event.request_id);

/** A simulator with one finished request. */
async function startWithBill(options: SimOptions, overrides = {}, headers = {}): Promise<[FalSim, string]> {
  const sim = await startSim(options);
  const requestId = await submit(sim, inputOf(overrides), { headers });
  sim.advanceClock(LONGEST_RUN_MS);
  return [sim, requestId];
}

describe('a billing event', () => {
  it('says in exact figures what a request cost', async () => {
    const [sim, requestId] = await startWithBill({}, { num_frames: 81 });

    expect(await listPage(sim)).toEqual({
      billing_events: [
        {
          request_id: requestId,
          endpoint_id: ENDPOINT,
          timestamp: lineOf(sim, requestId).finished_at,
          output_units: 5.0625,
          unit_price: 0.08,
          percent_discount: null,
          cost_subtotal: 0.405,
          cost_discount: 0,
          cost_total: 0.405,
          cost_estimate_nano_usd: 405_000_000,
        },
      ],
      next_cursor: null,
      has_more: false,
    });
  });

  it('names the price of a plain second with --units plain', async () => {
    const [sim] = await startWithBill({ units: 'plain' }, { num_frames: 81, resolution: '480p' });

    const [event] = (await listPage(sim)).billing_events;

    expect(event).toMatchObject({ output_units: 5.0625, unit_price: 0.04, cost_total: 0.2025 });
  });

  it.each([
    ['failed for free', { faults: { 'run.fail_500': 1 } }],
    ['was refused for free', { faults: { 'run.content_policy': 1 } }],
  ])('is not there for a request that %s', async (_what, options: SimOptions) => {
    const [sim] = await startWithBill(options);

    expect((await listPage(sim)).billing_events).toEqual([]);
  });

  it('is there for a 422 that was charged', async () => {
    const [sim] = await startWithBill({ bill422: 0.5, faults: { 'run.content_policy': 1 } });

    const [event] = (await listPage(sim)).billing_events;

    expect(event).toMatchObject({ output_units: 0.53125, cost_total: 0.0425 });
  });
});

describe('the filters', () => {
  it('take repeated and comma-separated ids', async () => {
    const sim = await startSim();
    const [first = '', second = '', third = ''] = await submitMany(sim, 3);
    sim.advanceClock(LONGEST_RUN_MS);

    const repeated = await listPage(sim, { request_id: [first, third] });
    const joined = await listPage(sim, { request_id: `${second},${third}` });

    expect(new Set(idsOf(repeated.billing_events))).toEqual(new Set([first, third]));
    expect(new Set(idsOf(joined.billing_events))).toEqual(new Set([second, third]));
  });

  it.each([
    ['endpoint_id', { endpoint_id: 'fal-ai/other' }],
    ['start', { start: '2999-01-01T00:00:00Z' }],
    ['end', { start: '2020-01-01', end: '2020-01-02' }],
    ['request_id', { request_id: '0' }],
    ['tag', { source: 'tagged-billed', tag: 'job=other' }],
  ])('leave out by %s', async (_name, query) => {
    const [sim] = await startWithBill({}, {}, { 'x-fal-tags': 'job=j1' });

    expect((await listPage(sim)).billing_events).toHaveLength(1);
    expect((await listPage(sim, query)).billing_events).toEqual([]);
  });

  it('count the end as outside and the start as inside the window', async () => {
    const [sim, requestId] = await startWithBill({});
    const at = lineOf(sim, requestId).finished_at ?? '';
    const dayBefore = new Date(Date.parse(at) - 86_400_000).toISOString();

    const until = await listPage(sim, { start: dayBefore, end: at });
    const from = await listPage(sim, { start: at });

    expect(until.billing_events).toEqual([]);
    expect(idsOf(from.billing_events)).toEqual([requestId]);
  });

  it('find by tag, and then alone tell the tags', async () => {
    const [sim, requestId] = await startWithBill({}, {}, { 'x-fal-tags': 'attempt=a1,job=j1' });
    await submit(sim, inputOf({ seed: 2 }));
    sim.advanceClock(LONGEST_RUN_MS);

    const tagged = await listPage(sim, { source: 'tagged-billed', tag: ['attempt=a1', 'job=j1'] });
    const plain = await listPage(sim, { request_id: requestId });

    expect(tagged.billing_events).toMatchObject([{ request_id: requestId, tags: { attempt: 'a1', job: 'j1' } }]);
    expect(plain.billing_events[0]).not.toHaveProperty('tags');
  });
});

describe('the pages', () => {
  it('go from the newest to the oldest and show each event once', async () => {
    const sim = await startSim({ concurrency: 1 });
    const ids = await submitMany(sim, 7);
    sim.advanceClock(7 * LONGEST_RUN_MS);

    expect(idsOf(await listAll(sim, { limit: 3 }))).toEqual(ids.toReversed());
    expect(idsOf(await listAll(sim, { limit: 7 }))).toEqual(ids.toReversed());
  });

  it('miss nothing that was there at the first, while more is billed', async () => {
    const sim = await startSim();
    const ids = await submitMany(sim, 6);
    sim.advanceClock(LONGEST_RUN_MS);
    let seed = 100;

    const listed = await listAll(sim, { limit: 2 }, async () => {
      seed += 1;
      await submit(sim, inputOf({ seed }));
      sim.advanceClock(LONGEST_RUN_MS);
    });

    expect(idsOf(listed).toSorted()).toEqual(ids.toSorted());
  });
});

describe('a restart', () => {
  it('tells the same events, and goes on with a cursor from before', async () => {
    const options = {
      stateDir: await makeStateDir(),
      faults: { 'billing.discount': 0.5, 'billing.duplicate_event': 0.5 },
    };
    const first = await startSim(options);
    await submitMany(first, 6);
    first.advanceClock(LONGEST_RUN_MS);
    const events = await listAll(first, { limit: 2 });
    const { next_cursor: cursor } = await listPage(first, { limit: 2 });
    await first.close();

    const second = await startSim(options);

    expect(await listAll(second, { limit: 2 })).toEqual(events);
    expect(await listAll(second, { limit: 2, cursor: cursor ?? '' })).toEqual(events.slice(2));
  });
});

describe('the faults', () => {
  it('billing.lag holds an event back for simulated time', async () => {
    const [sim, requestId] = await startWithBill({ faults: { 'billing.lag': { p: 1, ms: 3_600_000 } } });

    const early = await listPage(sim);
    sim.advanceClock(3_600_000);

    expect(early.billing_events).toEqual([]);
    expect(idsOf((await listPage(sim)).billing_events)).toEqual([requestId]);
  });

  it('billing.missing_event never shows the event, or not before its time', async () => {
    const [never] = await startWithBill({ faults: { 'billing.missing_event': 1 } });
    const [late] = await startWithBill({ faults: { 'billing.missing_event': { p: 1, ms: 7_200_000 } } });
    const early = await listPage(late);

    never.advanceClock(10 ** 9);
    late.advanceClock(7_200_000);

    expect((await listPage(never)).billing_events).toEqual([]);
    expect(never.summary().billed_nano_usd).toBe(85_000_000);
    expect(early.billing_events).toEqual([]);
    expect((await listPage(late)).billing_events).toHaveLength(1);
  });

  it('billing.duplicate_event shows an event twice, the same to the letter, also over a page', async () => {
    const [sim, requestId] = await startWithBill({ faults: { 'billing.duplicate_event': 1 } });

    const [first, second, ...others] = await listAll(sim, { limit: 1 });

    expect(first?.request_id).toBe(requestId);
    expect(second).toEqual(first);
    expect(others).toEqual([]);
    expect(sim.summary().billed_nano_usd).toBe(85_000_000);
  });

  it('billing.discount bills less than the units say', async () => {
    const [sim, requestId] = await startWithBill(
      { faults: { 'billing.discount': { p: 1, percent: 12.5 } } },
      { num_frames: 81 },
    );

    const result = await read(sim, requestId);
    const [event] = (await listPage(sim)).billing_events;

    expect(result.headers.get('x-fal-billable-units')).toBe('5.0625');
    expect(event).toMatchObject({
      unit_price: 0.08,
      percent_discount: 12.5,
      cost_subtotal: 0.405,
      cost_discount: 0.050625,
      cost_total: 0.354375,
      cost_estimate_nano_usd: 354_375_000,
    });
    expect(lineOf(sim, requestId)).toMatchObject({ billed_nano_usd: 354_375_000, billable_units: '5.0625' });
  });

  it('billing.discount of 100 percent leaves an event of nothing', async () => {
    const [sim] = await startWithBill({ faults: { 'billing.discount': { p: 1, percent: 100 } } });

    const [event] = (await listPage(sim)).billing_events;

    expect(event).toMatchObject({ cost_subtotal: 0.085, cost_total: 0, cost_estimate_nano_usd: 0 });
  });

  it('billing.surcharge bills more than the price list says, by a higher unit price', async () => {
    const [sim, requestId] = await startWithBill({ faults: { 'billing.surcharge': 1 } }, { num_frames: 81 });

    const [event] = (await listPage(sim)).billing_events;

    expect(event).toMatchObject({
      output_units: 5.0625,
      unit_price: 0.12,
      percent_discount: null,
      cost_subtotal: 0.6075,
      cost_total: 0.6075,
    });
    expect(lineOf(sim, requestId)).toMatchObject({ billed_nano_usd: 607_500_000, billable_units: '5.0625' });
  });

  it('leave a bill as it is once the run has ended', async () => {
    const [sim, requestId] = await startWithBill({ faults: { 'billing.discount': 1 } });

    sim.setFaults({ 'billing.surcharge': 1 });

    expect(lineOf(sim, requestId).billed_nano_usd).toBe(68_000_000);
    expect((await listPage(sim)).billing_events).toMatchObject([{ percent_discount: 20, cost_total: 0.068 }]);
  });

  it('let the distinct events sum to the ledger to the nano-dollar', async () => {
    const faults = {
      'billing.discount': { p: 0.5, percent: 33.3333 },
      'billing.surcharge': { p: 0.5, percent: 7.77 },
      'billing.duplicate_event': 0.3,
      'run.units_factor': { p: 0.3, factor: 1.37 },
      'run.content_policy': 0.2,
    };
    const sim = await startSim({ faults, bill422: 0.3, concurrency: 60, units: 'plain' });
    await Promise.all(Array.from({ length: 60 }, (_, seed) => submit(sim, inputOf({ seed, num_frames: 17 + seed }))));
    sim.advanceClock(LONGEST_RUN_MS);

    const events = await listAll(sim, { limit: 7 });
    const distinct = new Map(events.map((event) => [event.request_id, event]));

    const totals = [...distinct.values()].map((event) => event.cost_estimate_nano_usd);
    expect(events.length).toBeGreaterThan(distinct.size);
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(distinct.size);
    expect(totals.reduce((sum, total) => sum + total, 0)).toBe(sim.summary().billed_nano_usd);
    for (const [requestId, event] of distinct) {
      expect(event.cost_estimate_nano_usd).toBe(lineOf(sim, requestId).billed_nano_usd);
      expect(Math.round(event.cost_total * 1e9)).toBe(event.cost_estimate_nano_usd);
    }
  });
});
