import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BATCH_STATES,
  batchStatus,
  OPEN_BATCH_STATES,
  PAUSE_REASONS,
  strongestPause,
  TERMINAL_BATCH_STATES,
} from './batch-states.ts';

const pauseSets = fc.subarray([...PAUSE_REASONS]);

describe('the status that is shown', () => {
  it('is paused only while a batch in progress has a pause', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BATCH_STATES), pauseSets, (state, pauses) => {
        const paused = state === 'in_progress' && pauses.length > 0;
        expect(batchStatus(state, pauses)).toBe(paused ? 'paused' : state);
      }),
    );
  });

  it.each(PAUSE_REASONS)('is paused for %s alone', (reason) => {
    expect(batchStatus('in_progress', [reason])).toBe('paused');
  });

  it('never hides that a batch is cancelling or closed behind a pause', () => {
    for (const state of ['cancelling', 'cancelled', 'completed'] as const) {
      expect(batchStatus(state, ['user'])).toBe(state);
    }
  });
});

describe('the strongest pause', () => {
  it('is the first in the order of strength, whatever order they were set in', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...PAUSE_REASONS], { minLength: 1 }), (pauses) => {
        const strength = pauses.map((reason) => PAUSE_REASONS.indexOf(reason));
        return strongestPause(pauses) === PAUSE_REASONS[Math.min(...strength)];
      }),
    );
  });

  it('is the one a person set, above anything the machine set', () => {
    expect(strongestPause(['provider_down', 'budget', 'user'])).toBe('user');
    expect(strongestPause(['observe', 'provider_down', 'budget'])).toBe('budget');
  });

  it('is none without pauses', () => {
    expect(strongestPause([])).toBeNull();
  });
});

it('keeps open and closed states apart', () => {
  const both = OPEN_BATCH_STATES.filter((state) => (TERMINAL_BATCH_STATES as readonly string[]).includes(state));
  const neither = BATCH_STATES.filter(
    (state) => ![...OPEN_BATCH_STATES, ...TERMINAL_BATCH_STATES].some((known) => known === state),
  );

  expect(both).toEqual([]);
  expect(neither).toEqual(['validating', 'awaiting_confirmation']);
});
