import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lane, planShare } from './plan-share.ts';

const lane = (id: string, overrides: Partial<Lane> = {}): Lane => ({
  id,
  weight: 1,
  backlog: 100,
  inFlight: 0,
  servedAt: 0,
  ...overrides,
});

const shares = (lanes: readonly Lane[], freeSlots: number) => Object.fromEntries(planShare(lanes, freeSlots));
const sum = (plan: ReadonlyMap<string, number>) => [...plan.values()].reduce((total, count) => total + count, 0);

const slots = fc.nat(60);
const lanesOf = (shape: Partial<Record<Exclude<keyof Lane, 'party'>, fc.Arbitrary<number>>> = {}) =>
  fc
    .array(
      fc.record({
        weight: fc.integer({ min: 1, max: 100 }),
        backlog: fc.nat(60),
        inFlight: fc.nat(40),
        servedAt: fc.nat(1_000),
        ...shape,
      }),
      { maxLength: 8 },
    )
    .map((rows) => rows.map((row, i) => ({ id: `lane-${i}`, ...row }) as Lane));

describe('whatever the lanes are', () => {
  it('fills every slot for which there is a job, and no more', () => {
    fc.assert(
      fc.property(lanesOf(), slots, (lanes, freeSlots) => {
        const backlog = lanes.reduce((total, { backlog }) => total + backlog, 0);
        expect(sum(planShare(lanes, freeSlots))).toBe(Math.min(freeSlots, backlog));
      }),
    );
  });

  it('takes from no lane more than it has, and names only lanes it takes from', () => {
    fc.assert(
      fc.property(lanesOf(), slots, (lanes, freeSlots) => {
        for (const [id, count] of planShare(lanes, freeSlots)) {
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(lanes.find((lane) => lane.id === id)?.backlog ?? 0);
        }
      }),
    );
  });

  it('gives no slot to a lane while another that still has jobs holds less per weight', () => {
    fc.assert(
      fc.property(lanesOf(), slots, (lanes, freeSlots) => {
        const plan = planShare(lanes, freeSlots);
        for (const rich of lanes.filter(({ id }) => plan.has(id))) {
          const beforeLast = (rich.inFlight + (plan.get(rich.id) ?? 0) - 1) / rich.weight;
          for (const poor of lanes.filter(({ id, backlog }) => (plan.get(id) ?? 0) < backlog)) {
            expect(beforeLast).toBeLessThanOrEqual((poor.inFlight + (plan.get(poor.id) ?? 0)) / poor.weight);
          }
        }
      }),
    );
  });

  it('gives lanes of equal weight shares that differ by one at most, as far as their jobs reach', () => {
    const equal = lanesOf({ weight: fc.constant(1), inFlight: fc.constant(0), backlog: fc.constant(60) });
    fc.assert(
      fc.property(equal, slots, (lanes, freeSlots) => {
        const plan = planShare(lanes, freeSlots);
        const counts = lanes.map(({ id }) => plan.get(id) ?? 0);
        expect(Math.max(...counts, 0) - Math.min(...counts, 60)).toBeLessThanOrEqual(1);
      }),
      { examples: [[[lane('lane-0'), lane('lane-1')], 3]] },
    );
  });

  it('is the same for lanes in another order when no two were served at the same time', () => {
    fc.assert(
      fc.property(lanesOf(), slots, (lanes, freeSlots) => {
        const distinct = lanes.map((lane, i) => ({ ...lane, servedAt: i }));
        expect(shares([...distinct].reverse(), freeSlots)).toEqual(shares(distinct, freeSlots));
      }),
    );
  });
});

it('shares by weight', () => {
  expect(shares([lane('a', { weight: 3 }), lane('b', { weight: 1 })], 40)).toEqual({ a: 30, b: 10 });
  expect(shares([lane('a', { weight: 100 }), lane('b'), lane('c')], 2)).toEqual({ a: 1, b: 1 });
});

it('gives a batch of ten rows next to one of 100,000 half the slots until it is done', () => {
  const large = lane('large', { backlog: 100_000 });

  expect(shares([large, lane('small', { backlog: 10 })], 8)).toEqual({ large: 4, small: 4 });
  expect(shares([large, lane('small', { backlog: 10 })], 40)).toEqual({ large: 30, small: 10 });
});

it('evens out what is already in flight before it shares anew', () => {
  expect(shares([lane('full', { inFlight: 10 }), lane('new')], 6)).toEqual({ new: 6 });
  expect(shares([lane('full', { inFlight: 10 }), lane('new')], 14)).toEqual({ full: 2, new: 12 });
});

it('gives the only slot to the lane that was served longest ago', () => {
  const lanes = [lane('late', { servedAt: 300 }), lane('early', { servedAt: 100 }), lane('middle', { servedAt: 200 })];

  expect(shares(lanes, 1)).toEqual({ early: 1 });
  expect(shares(lanes, 2)).toEqual({ early: 1, middle: 1 });
});

it('prefers, between equals, the lane that this plan has given less', () => {
  const waiting = lane('waiting', { servedAt: 0 });
  const running = lane('running', { inFlight: 1, servedAt: 900 });

  expect(shares([waiting, running], 2)).toEqual({ waiting: 1, running: 1 });
});

it.each([
  ['no slot is free', [lane('a')], 0],
  ['less than no slot is free', [lane('a')], -3],
  ['no lane is open', [], 5],
  ['every lane is empty', [lane('a', { backlog: 0 })], 5],
  ['the only lane weighs nothing', [lane('a', { weight: 0 })], 5],
])('takes nothing when %s', (_name, lanes, freeSlots) => {
  expect(planShare(lanes, freeSlots).size).toBe(0);
});

describe('lanes of one party', () => {
  const keys = (count: number, inFlight = 0) =>
    Array.from({ length: count }, (_, n) =>
      lane(`key-${n}`, { party: { id: 'project', inFlight, servedAt: 0 }, servedAt: n }),
    );

  it.each([1, 9, 39])('get what one lane gets, were there %i of them, and share it', (count) => {
    const plan = planShare([lane('batch'), ...keys(count)], 40);

    expect(plan.get('batch')).toBe(20);
    for (const { id } of keys(Math.min(count, 20))) expect(plan.get(id)).toBeGreaterThanOrEqual(Math.floor(20 / count));
  });

  it('count what lanes of theirs hold that have nothing more to send', () => {
    expect(shares([lane('batch'), ...keys(2, 6)], 6)).toEqual({ batch: 6 });
  });
});
