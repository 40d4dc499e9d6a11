import { describe, expect, it } from 'vitest';
import { type ListedInput, matchListing } from './match-listing.ts';

const SENT = { input: { prompt: 'a', seed: 7 }, fromMs: 1_000, toMs: 2_000 };
const listed = (requestId: string, change: Partial<ListedInput> = {}): ListedInput => ({
  requestId,
  sentAtMs: 1_500,
  input: { seed: 7, prompt: 'a' },
  ...change,
});
const NOBODY = new Set<string>();

describe('a lost answer', () => {
  it('is found by its exact input, whatever the order of its fields', () => {
    expect(matchListing(SENT, [listed('r1')], NOBODY)).toEqual({ kind: 'one', requestId: 'r1' });
  });

  it('listed twice under one id is one match', () => {
    expect(matchListing(SENT, [listed('r1'), listed('r1')], NOBODY)).toEqual({ kind: 'one', requestId: 'r1' });
  });

  it('with two candidates is nobody’s to decide', () => {
    const match = matchListing(SENT, [listed('r1'), listed('r2')], NOBODY);
    expect(match).toEqual({ kind: 'several', requestIds: ['r1', 'r2'] });
  });

  it.each<[string, ListedInput, ReadonlySet<string>]>([
    ['another seed', listed('r1', { input: { prompt: 'a', seed: 8 } }), NOBODY],
    ['a field more', listed('r1', { input: { prompt: 'a', seed: 7, strength: 1 } }), NOBODY],
    ['no stored input', listed('r1', { input: null }), NOBODY],
    ['a time before the window', listed('r1', { sentAtMs: 999 }), NOBODY],
    ['a time after the window', listed('r1', { sentAtMs: 2_001 }), NOBODY],
    ['a request that another attempt holds', listed('r1'), new Set(['r1'])],
  ])('does not match %s', (_, request, bound) => {
    expect(matchListing(SENT, [request], bound)).toEqual({ kind: 'none' });
  });

  it('matches a request whose time fal does not tell', () => {
    expect(matchListing(SENT, [listed('r1', { sentAtMs: null })], NOBODY)).toEqual({ kind: 'one', requestId: 'r1' });
  });
});
