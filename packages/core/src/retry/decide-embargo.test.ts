import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_CLASSES, type FailureKind } from '../failures/failure.ts';
import { DEFAULT_POLICY, makePolicy } from '../policy/policy.ts';
import { decideEmbargo } from './decide-embargo.ts';

const KINDS = Object.keys(FAILURE_CLASSES) as FailureKind[];
const ask = (kind: FailureKind, failuresInARow = 0, retryAfterMs?: number) =>
  decideEmbargo(
    { kind, message: 'it failed', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    failuresInARow,
    DEFAULT_POLICY,
  );

it.each(KINDS.filter((kind) => FAILURE_CLASSES[kind].scope === 'job'))(
  '%s of one job holds no other job back',
  (kind) => {
    expect(ask(kind, 5, 60_000)).toBeNull();
  },
);

it.each([
  ['rate_limited', 5_000, null],
  ['not_connected', 30_000, 'provider_down'],
  ['bad_credentials', 30_000, 'provider_down'],
  ['provider_unavailable', 30_000, 'provider_down'],
  ['account_locked', 30_000, 'provider_balance'],
] as const)('%s closes dispatch for %i ms and shows as %s', (kind, durationMs, pauseReason) => {
  expect(ask(kind)).toEqual({ durationMs, pauseReason });
});

describe('each further refusal in a row', () => {
  it.each([
    [0, 30_000],
    [1, 60_000],
    [2, 120_000],
    [3, 240_000],
    [4, 300_000],
    [1_000_000, 300_000],
  ])('after %i of them waits %i ms', (failuresInARow, durationMs) => {
    expect(ask('account_locked', failuresInARow)?.durationMs).toBe(durationMs);
  });
});

describe("fal's Retry-After", () => {
  it('lengthens the embargo and never shortens it', () => {
    expect(ask('rate_limited', 0, 20_000)?.durationMs).toBe(20_000);
    expect(ask('rate_limited', 0, 1)?.durationMs).toBe(5_000);
  });

  it('is bounded: a day asked for is no day waited', () => {
    expect(ask('rate_limited', 0, 86_400_000)?.durationMs).toBe(DEFAULT_POLICY.embargoMaxMs);
  });

  it('is not divided by the time scale; the rest is', () => {
    const failure = { kind: 'rate_limited', message: 'slow down', retryAfterMs: 2_000 } as const;

    expect(decideEmbargo(failure, 0, makePolicy({ timeScale: 1_000 }))?.durationMs).toBe(2_000);
    expect(decideEmbargo({ ...failure, retryAfterMs: 0 }, 0, makePolicy({ timeScale: 1_000 }))?.durationMs).toBe(5);
  });
});

it('always ends: at least a millisecond, at most the maximum', () => {
  const provider = KINDS.filter((kind) => FAILURE_CLASSES[kind].scope === 'provider');
  fc.assert(
    fc.property(
      fc.constantFrom(...provider),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 1e6 }),
      (kind, inARow, retryAfterMs, timeScale) => {
        const policy = makePolicy({ timeScale });
        const embargo = decideEmbargo({ kind, message: '', retryAfterMs }, inARow, policy);
        expect(embargo?.durationMs).toBeGreaterThanOrEqual(1);
        expect(embargo?.durationMs).toBeLessThanOrEqual(policy.embargoMaxMs);
      },
    ),
  );
});
