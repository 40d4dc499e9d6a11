import { expect, it } from 'vitest';
import { jsonText } from './json-text.ts';

it.each([
  ['a NUL', 'a\u0000b', 'a\ufffdb'],
  ['half of a surrogate pair', `cut ${'😀'.slice(0, 1)}`, 'cut \ufffd'],
  ['a whole emoji', 'whole 😀', 'whole 😀'],
])('stores %s', (_, text, stored) => {
  expect(JSON.parse(jsonText({ deep: [{ text }] }))).toEqual({ deep: [{ text: stored }] });
});

it('cleans keys too', () => {
  expect(JSON.parse(jsonText({ 'a\u0000': 1 }))).toEqual({ 'a\ufffd': 1 });
});

it('stores nothing as null', () => {
  expect(jsonText(undefined)).toBe('null');
});
