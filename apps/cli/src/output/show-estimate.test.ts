import type { Estimate } from '@reelay/contract';
import { expect, test } from 'vitest';
import { estimateText } from './show-estimate.ts';

const plain = (_style: string, text: string) => text;
const none = { groups: 0, rows: 0, cost: '0', first: [] };

const estimate: Estimate = {
  object: 'estimate',
  model: 'fal-ai/wan',
  price_version: '2026-05-01',
  rows: { total: 10, valid: 10, rejected: 0 },
  cost: { currency: 'USD', list: '4.05', worst_case: '12.15', basis: 'list price of 2026-05-01, per video second' },
  verdict: { status: 'in_progress', message: null },
  unknowns: [],
  by_resolution: [{ resolution: '720p', rows: 10, cost: '4.05' }],
  by_tag: [],
  duplicates: none,
  same_input: none,
  all_rows_compared: true,
  errors: [],
  file: null,
};

test('an estimate shows its cost, its worst case and each resolution', () => {
  const text = estimateText(estimate, plain);

  expect(text).toMatch(/cost\s+\$4\.05\n/);
  expect(text).toMatch(/worst case\s+\$12\.15/);
  expect(text).toMatch(/720p\s+10\s+\$4\.05/);
  expect(text).not.toMatch(/TAG|duplicates|not known|rejected|start /);
});

test('what a person should look at is said: repetitions, what is not known, rejected rows, the others of many tags', () => {
  const text = estimateText(
    {
      ...estimate,
      rows: { total: 11, valid: 10, rejected: 1 },
      verdict: { status: 'awaiting_confirmation', message: 'It would wait.' },
      unknowns: [{ code: 'x', field: 'num_x', message: 'Run a pilot.', rows: 3, list: '1.2', cost: null }],
      by_tag: [
        { tag: 'set=a', rows: 6, cost: '2.4' },
        { tag: null, rows: 4, cost: '1.6' },
      ],
      duplicates: {
        groups: 4,
        rows: 5,
        cost: '2',
        first: [{ lines: [2, 3] }, { lines: [4, 5] }, { lines: [6, 7] }, { lines: [8, 9] }],
      },
      errors: [{ line: 12, column: 'prompt', code: 'required', value: null, message: 'prompt is empty.' }],
    },
    plain,
  );

  expect(text).toMatch(/rows\s+11, of which 1 rejected/);
  expect(text).toMatch(/start\s+It would wait\./);
  expect(text).toMatch(/not known: what 3 rows with num_x really cost \(list price \$1\.20\)\. Run a pilot\./);
  expect(text).toMatch(/5 in 4 groups, \$2\.00 \(lines 2, 3; lines 4, 5; lines 6, 7; …\)/);
  expect(text).toMatch(/\(others\)\s+4\s+\$1\.60/);
  expect(text).toMatch(/line 12, column prompt: prompt is empty\./i);
});
