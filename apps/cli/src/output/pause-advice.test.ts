import { expect, test } from 'vitest';
import type { BatchView } from '../api-types.ts';
import { pauseAdvice } from './pause-advice.ts';

const paused = (pause_reason: string, cap: string | null = null, budget_exhausted: object | null = null) =>
  pauseAdvice({
    ...{ id: 'batch_1', status: 'paused', pause_reason, cost: { cap }, budget_exhausted },
  } as unknown as BatchView);

test.each([
  ['budget', '10', /batch set batch_1 --cap/],
  ['budget', null, /REELAY_BUDGET_USD/],
  ['provider_balance', null, /does not cover the next row: top it up at fal/],
  ['provider_down', null, /without your help/],
  ['stopped', null, /start-all/],
  ['observe', null, /by itself/],
  ['user', null, /batch resume batch_1/],
])('a pause for %s with cap %s says what ends it', (reason, cap, words) => {
  expect(paused(reason, cap)).toMatch(words);
});

test('a pilot that has ended says what the rest will cost and how to release it', () => {
  const pilot = { forecast: { cost: '12.3' } };
  const batch = { id: 'batch_1', status: 'paused', pause_reason: 'pilot', pilot } as unknown as BatchView;

  expect(pauseAdvice(batch)).toMatch(
    /the rest will cost about \$12\.30; release the other rows: .*batch resume batch_1/,
  );
});

test('a brake says why it stopped the batch', () => {
  const brakes = { stopped_by: { message: '9 of the last 10 jobs failed.' } };
  const batch = { id: 'batch_1', status: 'paused', pause_reason: 'error_rate', brakes } as unknown as BatchView;

  expect(pauseAdvice(batch)).toMatch(/^9 of the last 10 jobs failed\. Go on: .*batch resume batch_1/);
});

test.each([
  ['batch:batch_1', 'total', /batch set batch_1 --cap/],
  ['deployment', 'total', /REELAY_BUDGET_USD/],
  [
    'project',
    'hour',
    /project's \$5\.00 an hour .* at 2026-01-01T01:00:00.000Z, .*budget set project USD --period hour/,
  ],
  ['key:key_1', 'total', /API key's \$5\.00 are used up.*budget set key:key_1 USD$/],
])('a batch that stops at %s (%s) is told what to raise', (scope, period, words) => {
  const resets_at = period === 'total' ? null : '2026-01-01T01:00:00.000Z';
  expect(paused('budget', '10', { scope, period, limit: '5', resets_at })).toMatch(words);
});

test('a batch in progress needs no advice', () => {
  expect(pauseAdvice({ id: 'batch_1', status: 'in_progress' } as unknown as BatchView)).toBeNull();
});
