import { describe, expect, it } from 'vitest';
import { explore } from './explore.ts';
import type { Flaws } from './protocol-model.ts';

describe('every order of events that one job can meet', () => {
  const found = explore();

  it('breaks no promise', () => {
    expect(found.broken).toBeNull();
    expect(found.states).toBeGreaterThan(10_000);
  });

  it('leads to an end or to a person', () => {
    expect(found.deadEnds).toBe(0);
  });
});

describe('the search finds what a flaw would cost', () => {
  it.each<[keyof Flaws, string]>([
    ['sendWithoutClaim', 'one POST per attempt'],
    ['resubmitUnknown', 'never paid twice'],
    ['lostAnswerIsRefusal', 'money is given back only for what fal never took'],
  ])('%s breaks: %s', (flaw, promise) => {
    expect(explore({ [flaw]: true }).broken).toMatchObject({ promise });
  });
});
