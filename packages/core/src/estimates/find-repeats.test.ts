import { expect, it } from 'vitest';
import { findRepeats, GROUPS_SHOWN_MAX, LINES_SHOWN_MAX } from './find-repeats.ts';

const row = (line: number) => ({ line, costNanoUsd: 5n });

it('counts what comes after the first of each group, with its cost and lines', () => {
  const repeats = findRepeats();
  repeats.add('a', { count: 1, firstLine: 2 }, row(2));
  repeats.add('b', { count: 1, firstLine: 3 }, row(3));
  repeats.add('a', { count: 2, firstLine: 2 }, row(4));
  repeats.add('a', { count: 3, firstLine: 2 }, row(9));

  expect(repeats.result()).toEqual({ groups: 1, rows: 2, costNanoUsd: 10n, first: [{ lines: [2, 4, 9] }] });
});

it('shows the first groups and lines only, and counts all', () => {
  const repeats = findRepeats();
  for (let group = 0; group < 20; group++) {
    for (let n = 2; n < 30; n++) repeats.add(`g${group}`, { count: n, firstLine: 1 }, row(n));
  }
  const { groups, rows, first } = repeats.result();

  expect([groups, rows, first.length]).toEqual([20, 560, GROUPS_SHOWN_MAX]);
  expect(first.every(({ lines }) => lines.length === LINES_SHOWN_MAX)).toBe(true);
});
