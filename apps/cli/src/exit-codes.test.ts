import { describe, expect, test } from 'vitest';
import { EXIT, exitCodeOfBatch, exitCodeOfStatus } from './exit-codes.ts';

const COUNTS = {
  total: 10,
  rejected: 0,
  queued: 0,
  active: 0,
  needs_review: 0,
  succeeded: 10,
  failed: 0,
  cancelled: 0,
  expired: 0,
};

describe('the exit code of an answer', () => {
  test.each([
    [400, EXIT.badInput],
    [413, EXIT.badInput],
    [415, EXIT.badInput],
    [422, EXIT.badInput],
    [404, EXIT.notFound],
    [401, EXIT.failure],
    [409, EXIT.failure],
    [500, EXIT.failure],
  ])('status %i exits with %i', (status, code) => {
    expect(exitCodeOfStatus(status)).toBe(code);
  });
});

describe('the exit code of a batch', () => {
  test('all succeeded is 0', () => {
    expect(exitCodeOfBatch({ status: 'completed', request_counts: COUNTS })).toBe(EXIT.ok);
  });

  test.each(['rejected', 'failed', 'cancelled', 'expired'] as const)('one %s row is 4', (name) => {
    expect(exitCodeOfBatch({ status: 'completed', request_counts: { ...COUNTS, [name]: 1 } })).toBe(
      EXIT.unfinishedRows,
    );
  });

  test('an open review is 3, also beside failed jobs', () => {
    const request_counts = { ...COUNTS, needs_review: 1, failed: 3 };
    expect(exitCodeOfBatch({ status: 'completed', request_counts })).toBe(EXIT.needsReview);
  });

  test('a file that was refused as a whole is 2', () => {
    expect(exitCodeOfBatch({ status: 'failed', request_counts: { ...COUNTS, rejected: 10 } })).toBe(EXIT.badInput);
  });
});
