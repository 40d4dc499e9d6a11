import { describe, expect, it } from 'vitest';
import {
  ADOPTABLE_ATTEMPT_STATES,
  ATTEMPT_TRANSITIONS,
  type AttemptState,
  canMoveAttempt,
  LIVE_ATTEMPT_STATES,
} from './attempt-states.ts';

const STATES = Object.keys(ATTEMPT_TRANSITIONS) as AttemptState[];
const PAIRS = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

/** The protocol once more, by hand. */
const ALLOWED = new Set([
  'reserved→sending',
  'reserved→released',
  'sending→accepted',
  'sending→refused',
  'sending→unknown',
  'accepted→succeeded',
  'accepted→failed',
  'accepted→lost',
  'unknown→accepted',
  'unknown→lost',
  'unknown→refused',
  'lost→accepted',
]);

function reachableFrom(start: AttemptState): Set<AttemptState> {
  const seen = new Set<AttemptState>();
  const open = [...ATTEMPT_TRANSITIONS[start]] as AttemptState[];
  for (let next = open.pop(); next; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...ATTEMPT_TRANSITIONS[next]);
  }
  return seen;
}

it.each(PAIRS)('%s → %s is allowed as written down', (from, to) => {
  expect(canMoveAttempt(from, to)).toBe(ALLOWED.has(`${from}→${to}`));
});

it('reaches every state from reserved', () => {
  expect([...reachableFrom('reserved'), 'reserved'].sort()).toEqual([...STATES].sort());
});

describe('an attempt is paid at most once:', () => {
  it.each(STATES.filter((state) => state !== 'reserved'))('no way leads from %s to sending', (state) => {
    expect(reachableFrom(state)).not.toContain('sending');
  });

  it('only reserved leads to sending, and nothing leads back to reserved', () => {
    expect(STATES.filter((state) => canMoveAttempt(state, 'sending'))).toEqual(['reserved']);
    expect(STATES.filter((state) => canMoveAttempt(state, 'reserved'))).toEqual([]);
  });

  it.each(['unknown', 'lost', 'accepted', 'refused'] as const)('%s cannot be given back as never sent', (state) => {
    expect(reachableFrom(state)).not.toContain('released');
  });

  it('what was accepted, or given up, can no longer be called refused', () => {
    for (const state of ['accepted', 'lost'] as const) expect(reachableFrom(state)).not.toContain('refused');
  });
});

it('ends in refused, succeeded, failed or released, and nowhere else', () => {
  expect(STATES.filter((state) => ATTEMPT_TRANSITIONS[state].length === 0).sort()).toEqual([
    'failed',
    'refused',
    'released',
    'succeeded',
  ]);
});

it('has a way to an end from every state', () => {
  for (const state of STATES) {
    const ends = [state, ...reachableFrom(state)].filter((end) => ATTEMPT_TRANSITIONS[end].length === 0);
    expect(ends, state).not.toEqual([]);
  }
});

describe('proof of acceptance', () => {
  it('moves each adoptable state to accepted', () => {
    for (const state of ADOPTABLE_ATTEMPT_STATES) expect(canMoveAttempt(state, 'accepted'), state).toBe(true);
  });

  it('moves nothing else to accepted', () => {
    const rest = STATES.filter((state) => !(ADOPTABLE_ATTEMPT_STATES as readonly string[]).includes(state));
    for (const state of rest) expect(canMoveAttempt(state, 'accepted'), state).toBe(false);
  });
});

it('counts as live what may still cost money or be sent, but not what was declared lost', () => {
  const ended = STATES.filter((state) => ATTEMPT_TRANSITIONS[state].length === 0);

  expect([...LIVE_ATTEMPT_STATES, ...ended, 'lost'].sort()).toEqual([...STATES].sort());
});
