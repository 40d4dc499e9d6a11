import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costPerRow, forecastRest } from './forecast-rest.ts';
import { PILOT_STRATEGIES, pilotPlaces } from './pilot-places.ts';

describe('the rows of a pilot', () => {
  it('are exactly as many as asked for, or all, each once and in order', () => {
    const asked = fc.tuple(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(...PILOT_STRATEGIES),
    );
    fc.assert(
      fc.property(asked, ([total, rows, strategy]) => {
        const places = pilotPlaces(total, rows, strategy);
        expect(places).toHaveLength(Math.min(total, rows));
        expect(places.every((place, i) => place > (places[i - 1] ?? 0) && place <= total)).toBe(true);
      }),
    );
  });

  it('lie at most one part apart when they are spread', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 200 }), (total, rows) => {
        const places = pilotPlaces(total, rows, 'spread');
        const part = Math.ceil(total / places.length);
        const gaps = [...places, total + 1].map((place, i) => place - (i === 0 ? 1 : (places[i - 1] ?? 0)));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(part);
      }),
    );
  });

  it('are the first ones, or the first of each part', () => {
    expect(pilotPlaces(10, 3, 'first')).toEqual([1, 2, 3]);
    expect(pilotPlaces(10, 3, 'spread')).toEqual([1, 4, 7]);
    expect(pilotPlaces(2, 5, 'spread')).toEqual([1, 2]);
  });
});

describe('the forecast', () => {
  it('is the list price when the pilot cost its list price', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.bigInt({ min: 0n, max: 10n ** 15n }), (list, rest) => {
        const cost = { done: 3, spentNanoUsd: list, listNanoUsd: list, restListNanoUsd: rest };
        expect(forecastRest(cost)).toBe(rest);
      }),
    );
  });

  it('grows with what the pilot cost, and is not known before a job is done', () => {
    const cost = { done: 2, spentNanoUsd: 30n, listNanoUsd: 20n, restListNanoUsd: 101n };

    expect(forecastRest(cost)).toBe(152n);
    expect(costPerRow(cost)).toBe(15n);
    expect(forecastRest({ ...cost, done: 0 })).toBeNull();
    expect(costPerRow({ ...cost, done: 0 })).toBeNull();
  });
});
