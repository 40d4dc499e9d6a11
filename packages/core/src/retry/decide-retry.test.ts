import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, FAILURE_CLASSES, type FailureKind } from '../failures/failure.ts';
import { DEFAULT_POLICY, makePolicy } from '../policy/policy.ts';
import { decideRetry, type RetryQuestion } from './decide-retry.ts';

const KINDS = Object.keys(FAILURE_CLASSES) as FailureKind[];
const MIDDLE = 0.5;
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

function ask(kind: FailureKind, rest: Partial<Omit<RetryQuestion, 'failure'>> = {}, chance = MIDDLE) {
  const question = {
    failure: { kind, message: 'it failed' },
    failedAttempts: 0,
    maxAttempts: 3,
    neverRan: 0,
    cancelRequested: false,
  };
  return decideRetry({ ...question, ...rest }, DEFAULT_POLICY, chance);
}

describe('a run that fal failed', () => {
  it.each([
    [0, { kind: 'retry', delayMs: 10_000, countsAsAttempt: true }],
    [1, { kind: 'retry', delayMs: 40_000, countsAsAttempt: true }],
    [2, { kind: 'give_up', reason: 'attempts_used_up' }],
    [9, { kind: 'give_up', reason: 'attempts_used_up' }],
  ])('after %i earlier failures out of three', (failedAttempts, decision) => {
    expect(ask('model_error', { failedAttempts })).toEqual(decision);
  });

  it('is final at once when one attempt is all it has', () => {
    expect(ask('model_error', { maxAttempts: 1 })).toEqual({ kind: 'give_up', reason: 'attempts_used_up' });
  });

  it('is submitted exactly as often as attempts are allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), chances, (maxAttempts, chance) => {
        let runs = 1;
        while (ask('run_timeout', { failedAttempts: runs - 1, maxAttempts }, chance).kind === 'retry') runs++;
        return runs === maxAttempts;
      }),
    );
  });

  it('waits the last step of the backoff again and again once the steps have ended', () => {
    expect(ask('model_error', { failedAttempts: 7, maxAttempts: 10 })).toMatchObject({ delayMs: 160_000 });
  });
});

it('spreads each backoff by half of it either way, and no further', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), chances, (failedAttempts, chance) => {
      const base = DEFAULT_POLICY.backoffMs[Math.min(failedAttempts, 2)] ?? 0;
      const decision = ask('infrastructure_error', { failedAttempts, maxAttempts: 99 }, chance);
      expect(decision.kind === 'retry' && decision.delayMs).toBeGreaterThanOrEqual(base * 0.5);
      expect(decision.kind === 'retry' && decision.delayMs).toBeLessThanOrEqual(base * 1.5);
    }),
  );
  expect(ask('model_error', {}, 0)).toMatchObject({ delayMs: 5_000 });
  expect(ask('model_error', {}, 1)).toMatchObject({ delayMs: 15_000 });
});

it('divides a backoff by the time scale and never waits nothing', () => {
  const question = { failedAttempts: 0, maxAttempts: 3, neverRan: 0, cancelRequested: false };
  const failure = { kind: 'model_error', message: 'it failed' } as const;

  expect(decideRetry({ failure, ...question }, makePolicy({ timeScale: 100 }), MIDDLE)).toMatchObject({ delayMs: 100 });
  expect(decideRetry({ failure, ...question }, makePolicy({ timeScale: 1e9 }), MIDDLE)).toMatchObject({ delayMs: 1 });
});

it('costs the job no attempt when fal never started it', () => {
  expect(ask('start_timeout', { failedAttempts: 0 })).toEqual({
    kind: 'retry',
    delayMs: 10_000,
    countsAsAttempt: false,
  });
  expect(ask('start_timeout', { failedAttempts: 2 })).toEqual({
    kind: 'retry',
    delayMs: 40_000,
    countsAsAttempt: false,
  });
});

describe('a failure of the account or of fal itself', () => {
  const provider = KINDS.filter((kind) => FAILURE_CLASSES[kind].scope === 'provider');

  it.each(provider)('%s puts the job back at once and costs it nothing, even its last attempt', (kind) => {
    const decision = { kind: 'retry', delayMs: 0, countsAsAttempt: false };

    expect(ask(kind)).toEqual(decision);
    expect(ask(kind, { failedAttempts: 3, maxAttempts: 3 })).toEqual(decision);
  });
});

it.each(KINDS)('%s is given up once a cancel was asked for', (kind) => {
  expect(ask(kind, { cancelRequested: true })).toEqual({ kind: 'give_up', reason: 'cancelled' });
});

it('never retries by itself what may be running or billed', () => {
  for (const kind of KINDS.filter((kind) => !classOf({ kind, message: '' }).retryable)) {
    expect(ask(kind, { maxAttempts: 99 }), kind).toEqual({ kind: 'give_up', reason: 'not_retryable' });
  }
});

it('gives up a failed run that fal calls not retryable', () => {
  const failure = { kind: 'model_error', message: 'it failed', providerSaysRetryable: false } as const;

  expect(
    decideRetry(
      { failure, failedAttempts: 0, maxAttempts: 3, neverRan: 0, cancelRequested: false },
      DEFAULT_POLICY,
      MIDDLE,
    ),
  ).toEqual({ kind: 'give_up', reason: 'not_retryable' });
});

it.each(['start_timeout', 'not_sent'] as const)(
  '%s costs no attempt, but ends the job when fal never starts it',
  (kind) => {
    expect(ask(kind, { failedAttempts: 2, neverRan: DEFAULT_POLICY.neverRanMax - 2 })).toMatchObject({
      kind: 'retry',
      countsAsAttempt: false,
    });
    expect(ask(kind, { neverRan: DEFAULT_POLICY.neverRanMax - 1 })).toEqual({
      kind: 'give_up',
      reason: 'attempts_used_up',
    });
  },
);
