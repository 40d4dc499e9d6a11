import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { makePaint } from './paint.ts';
import { showDuration } from './show-duration.ts';
import { showUsd } from './show-usd.ts';

test.each([
  ['46.4', '$46.40'],
  ['0.405', '$0.405'],
  ['7', '$7.00'],
  ['0', '$0.00'],
  [null, 'unknown'],
])('the amount %s reads %s', (amount, text) => {
  expect(showUsd(amount)).toBe(text);
});

test.each([
  [400, '0 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [80_000, '1 min 20 s'],
  [3_600_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [-5, '0 s'],
])('%i ms reads %s', (durationMs, text) => {
  expect(showDuration(durationMs)).toBe(text);
});

test('colours appear only on a terminal and without NO_COLOR', () => {
  const paintWith = (isTTY: boolean, env: NodeJS.ProcessEnv) =>
    makePaint({ isTTY }, readConfig(env).colours)('red', 'x');
  expect(paintWith(true, {})).not.toBe('x');
  expect(paintWith(true, { NO_COLOR: '1' })).toBe('x');
  expect(paintWith(true, { TERM: 'dumb' })).toBe('x');
  expect(paintWith(false, {})).toBe('x');
});
