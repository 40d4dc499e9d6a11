import { expect, it } from 'vitest';
import { findUnstorable } from './unstorable-text.ts';

it.each([
  ['a NUL', { input: { prompt: 'a\0b' } }, '/input/prompt'],
  ['half of a pair', { rows: [{ prompt: '\ud83d' }] }, '/rows/0/prompt'],
  ['a NUL in a key', { metadata: { 'a\0': '1' } }, '/metadata'],
])('finds %s and says where', (_, body, pointer) => {
  expect(findUnstorable(body)).toMatchObject({ code: 'invalid_text', pointer });
});

it('refuses depth before anything recurses into it', () => {
  let deep: unknown = 'bottom';
  for (let i = 0; i < 100_000; i++) deep = [deep];

  expect(findUnstorable({ input: deep })?.code).toBe('too_deep');
});

it('passes whole characters of every plane', () => {
  expect(findUnstorable({ prompt: 'ä 漢 😀', n: 1, none: null, list: [true] })).toBeNull();
});
