import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, FAILURE_CLASSES, type FailureClass, type FailureKind } from './failure.ts';

const KINDS = Object.keys(FAILURE_CLASSES) as FailureKind[];
const failure = (kind: FailureKind) => ({ kind, message: 'it failed' });

/** Kind → may have been accepted, billed, retryable, scope: the whole table once more, by hand. */
const EXPECTED: Record<FailureKind, readonly [boolean, FailureClass['billed'], boolean, FailureClass['scope']]> = {
  not_connected: [false, 'no', true, 'provider'],
  not_sent: [false, 'no', true, 'job'],
  rate_limited: [false, 'no', true, 'provider'],
  bad_credentials: [false, 'no', true, 'provider'],
  account_locked: [false, 'no', true, 'provider'],
  submit_rejected: [false, 'no', false, 'job'],
  model_not_found: [false, 'no', false, 'job'],
  no_answer: [true, 'maybe', false, 'job'],
  unclear_answer: [true, 'maybe', false, 'job'],
  model_error: [true, 'no', true, 'job'],
  infrastructure_error: [true, 'no', true, 'job'],
  run_timeout: [true, 'no', true, 'job'],
  start_timeout: [true, 'no', true, 'job'],
  invalid_input: [true, 'maybe', false, 'job'],
  content_refused: [true, 'maybe', false, 'job'],
  media_unreachable: [true, 'maybe', false, 'job'],
  run_rejected: [true, 'maybe', false, 'job'],
  cancelled_by_request: [true, 'maybe', false, 'job'],
  unreadable_output: [true, 'yes', false, 'job'],
  result_lost: [true, 'maybe', false, 'job'],
  provider_stuck: [true, 'maybe', false, 'job'],
  provider_unavailable: [true, 'maybe', true, 'provider'],
};

it.each(KINDS)('%s is classified as written down', (kind) => {
  const [mayHaveBeenAccepted, billed, retryable, scope] = EXPECTED[kind];

  expect(classOf(failure(kind))).toEqual({ mayHaveBeenAccepted, billed, retryable, scope });
});

describe('money is safe:', () => {
  it.each(KINDS)('%s is retried for the job only where fal bills nothing', (kind) => {
    const { retryable, scope, billed } = classOf(failure(kind));

    expect(retryable && scope === 'job' ? billed : 'no').toBe('no');
  });

  it.each(KINDS)('%s is billed only where fal may have accepted it', (kind) => {
    const { mayHaveBeenAccepted, billed } = classOf(failure(kind));

    expect(mayHaveBeenAccepted || billed === 'no').toBe(true);
  });
});

describe("fal's own word", () => {
  it('makes any failure final', () => {
    for (const kind of KINDS) {
      expect(classOf({ ...failure(kind), providerSaysRetryable: false }).retryable, kind).toBe(false);
    }
  });

  it('never makes a failure retryable: a 422 stays final', () => {
    for (const kind of KINDS) {
      expect(classOf({ ...failure(kind), providerSaysRetryable: true }), kind).toEqual(FAILURE_CLASSES[kind]);
    }
  });

  it('changes nothing about money or scope', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.boolean(), (kind, providerSaysRetryable) => {
        const { retryable: _said, ...rest } = classOf({ ...failure(kind), providerSaysRetryable });
        const { retryable: _known, ...known } = FAILURE_CLASSES[kind];
        expect(rest).toEqual(known);
      }),
    );
  });
});
