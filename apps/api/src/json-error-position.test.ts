import { expect, it } from 'vitest';
import { jsonErrorPosition } from './json-error-position.ts';

it.each([
  ['{"a": }', 1, 7],
  ['{"a": 1,}', 1, 9],
  ['{"a": 1\n "b": 2}', 2, 2],
  ['{"a": tru}', 1, 10],
  ['{"a": -x}', 1, 8],
  ['{"a": "\\q"}', 1, 9],
  ['{"a": [1, 2', 1, 12],
  ['{"a": "never closed', 1, 20],
  ['{} {}', 1, 4],
  ["{'a': 1}", 1, 2],
  ['', 1, 1],
])('finds where %j breaks', (text, line, column) => {
  expect(jsonErrorPosition(text)).toEqual({ line, column });
});

it('does not search a text that would take long', () => {
  expect(jsonErrorPosition(`${' '.repeat(300_000)}x`)).toBeNull();
});
