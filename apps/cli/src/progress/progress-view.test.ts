import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchView } from '../api-types.ts';
import { type ProgressState, renderProgress, renderProgressText } from './progress-view.ts';

const COUNTS = {
  total: 310,
  rejected: 6,
  queued: 100,
  active: 40,
  needs_review: 2,
  succeeded: 158,
  failed: 4,
  cancelled: 0,
  expired: 0,
};

function stateOf(change: Partial<BatchView> = {}): ProgressState {
  const batch: BatchView = {
    id: 'batch_1',
    name: 'clips.csv',
    model: 'fal-ai/wan',
    status: 'in_progress',
    pause_reason: null,
    budget_exhausted: null,
    request_counts: COUNTS,
    cost: {
      currency: 'USD',
      estimated: '46.4',
      worst_case: '139.2',
      reserved: '6.1',
      charged: '24.4',
      billed: null,
      billed_complete: true,
      cap: null,
    },
    errors: [],
    file: null,
    created_at: '2026-01-01T00:00:00Z',
    pilot: null,
    brakes: { max_waste: null, wasted: null, pause_if: null, error_rate: null, stopped_by: null },
    ...change,
  };
  return { batch, pace: [], elapsedMs: 12_000 };
}

function textOf(state: ProgressState, width = 120): string[] {
  return renderProgress(state, width).map((line) => line.map(({ text }) => text).join(''));
}

describe('the progress display', () => {
  test('counts what has ended among the jobs, rejected rows left out', () => {
    expect(textOf(stateOf())[0]).toContain('164 of 304 (53 %)');
  });

  test('shows what succeeded, runs, waits, failed and was rejected', () => {
    expect(textOf(stateOf())[1]).toBe('158 succeeded  40 running  100 queued  4 failed  2 in review  6 rejected');
  });

  test('shows money charged and reserved of the estimate, and the cap when there is one', () => {
    const cost = { ...stateOf().batch.cost, cap: '50' };
    expect(textOf(stateOf())[2]).toBe('$24.40 charged  $6.10 reserved  $46.40 estimated');
    expect(textOf(stateOf({ cost }))[2]).toContain('$50.00 cap');
  });

  test('shows an unknown cost as unknown', () => {
    const cost = { ...stateOf().batch.cost, estimated: null };
    expect(textOf(stateOf({ cost }))[2]).toContain('unknown estimated');
  });

  test('says why a batch is paused', () => {
    expect(textOf(stateOf({ status: 'paused', pause_reason: 'provider_balance' }))[0]).toContain(
      'paused: provider balance',
    );
  });

  test('tells the time left from the pace, and none while paused', () => {
    const pace = [
      { atMs: 0, open: 150 },
      { atMs: 10_000, open: 140 },
    ];
    expect(textOf({ ...stateOf(), pace })[0]).toContain('about 2 min 20 s left');
    expect(textOf({ ...stateOf({ status: 'paused' }), pace })[0]).not.toContain('left');
  });

  test('the bar is full only when everything has ended', () => {
    const almost = { ...COUNTS, queued: 0, active: 1, succeeded: 297 };
    const done = { ...COUNTS, queued: 0, active: 0, succeeded: 298 };
    expect(textOf(stateOf({ request_counts: almost }))[0]).toContain('░');
    expect(textOf(stateOf({ request_counts: done }))[0]).not.toContain('░');
  });

  test('a batch without jobs has an empty bar', () => {
    const none = { ...COUNTS, total: 0, rejected: 0, queued: 0, active: 0, needs_review: 0, succeeded: 0, failed: 0 };
    expect(textOf(stateOf({ request_counts: none }))[0]).toContain('0 of 0 (0 %)');
  });

  test('no line is ever wider than the terminal', () => {
    const count = fc.nat({ max: 10_000_000 });
    const counts = fc.record({ rejected: count, queued: count, active: count, needs_review: count, succeeded: count });
    fc.assert(
      fc.property(counts, fc.integer({ min: 20, max: 200 }), (some, width) => {
        const total = Object.values(some).reduce((sum, n) => sum + n, 0);
        const request_counts = { ...some, total, failed: 0, cancelled: 0, expired: 0 };
        for (const line of textOf(stateOf({ request_counts }), width))
          expect([...line].length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

test('a log line holds the same facts in one line', () => {
  const line = renderProgressText(stateOf());
  expect(line).toMatch(/^12 s: 164 of 304/);
  expect(line).toContain('158 succeeded');
  expect(line).toContain('$24.40 charged');
  expect(line).not.toContain('\n');
});
