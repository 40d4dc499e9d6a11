import { describe, expect, it } from 'vitest';
import { explore } from './explore.ts';
import type { Flaws, Scope } from './model-state.ts';

const BAD_NETWORK: Scope = { crashes: 1, losses: 2, doubles: 1, pauses: 0, decisions: 0 };
const STEERED: Scope = { crashes: 1, losses: 1, doubles: 0, pauses: 1, decisions: 1 };
const PAUSED: Scope = { crashes: 0, losses: 1, doubles: 1, pauses: 1, decisions: 0 };
const DECIDED_TWICE: Scope = { crashes: 0, losses: 1, doubles: 0, pauses: 0, decisions: 2 };

describe.each([
  ['under a bad network', BAD_NETWORK, 20_000],
  ['while people steer it', STEERED, 20_000],
  ['while it is paused and its tasks come twice', PAUSED, 5_000],
  ['about which people decide twice', DECIDED_TWICE, 10_000],
])('every order of events that one job of a batch can meet %s', (_, scope, states) => {
  const found = explore(scope);

  it('breaks no promise', () => {
    expect(found.broken).toBeNull();
    expect(found.states).toBeGreaterThan(states);
  });

  it('leads to an end or to a person, and closes the batch', () => {
    expect(found.deadEnds).toBe(0);
  });
});

describe('the search finds what a flaw would cost', () => {
  it.each<[keyof Flaws, Scope, string]>([
    ['sendWithoutClaim', BAD_NETWORK, 'one POST per attempt'],
    ['resubmitUnknown', BAD_NETWORK, 'never paid twice'],
    ['lostAnswerIsRefusal', BAD_NETWORK, 'money is given back only for what fal never took'],
    ['refuseForAnother', BAD_NETWORK, 'money is given back only for what fal never took'],
    ['forgetLateAnswer', BAD_NETWORK, 'proof of acceptance is never forgotten'],
    ['forgetLateEvidence', STEERED, 'proof of acceptance is never forgotten'],
    ['takeBackBesideLive', STEERED, 'one live attempt per job'],
    ['retryUnproven', DECIDED_TWICE, 'never paid twice'],
    ['retryBesideASuccess', DECIDED_TWICE, 'never paid twice'],
    ['closeOnAnOldLook', STEERED, 'a closed batch has nothing open but what runs at fal already'],
    ['requeueInClosedBatch', STEERED, 'a closed batch has nothing open but what runs at fal already'],
  ])('%s breaks a promise', (flaw, scope, promise) => {
    expect(explore(scope, { [flaw]: true }).broken).toMatchObject({ promise });
  });

  it.each<[keyof Flaws, Scope]>([
    ['closeOnlyAtOnce', { ...DECIDED_TWICE, crashes: 1, decisions: 0 }],
    ['keepUnknownWhenRunAgain', { ...DECIDED_TWICE, decisions: 1 }],
  ])('%s leads where nothing goes on', (flaw, scope) => {
    const { broken, deadEnds } = explore(scope, { [flaw]: true });

    expect(broken).toBeNull();
    expect(deadEnds).toBeGreaterThan(0);
  });
});
