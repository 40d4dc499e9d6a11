import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

it('does not depend on the order of keys', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe(canonicalJson({ a: null, b: [{ c: 2, d: 1 }] }));
});

it('depends on the order of a list, on types and on missing fields', () => {
  const texts = [[1, 2], [2, 1], ['1', 2], { a: 1 }, { a: 1, b: null }, {}, null, undefined].map(canonicalJson);

  expect(new Set(texts).size).toBe(texts.length);
});
