import { expect, it } from 'vitest';
import { matchesTags, readTagFilter } from './tag-filter.ts';

it.each([
  [[], true],
  [['job=j1'], true],
  [['job=j2'], false],
  [['attempt=a=b'], true],
  [['job=j1', 'attempt=other'], false],
  [['job=j2', 'job=j1'], true],
  [['unset='], false],
  [['toString=x'], false],
])('%j matches: %s', (pairs, expected) => {
  const tags = { job: 'j1', attempt: 'a=b' };

  expect(matchesTags(tags, readTagFilter(pairs, 'tagged-billed'))).toBe(expected);
});

it('refuses a pair without a key, and any pair for the source that has no tags', () => {
  expect(() => readTagFilter(['job'], 'tagged-billed')).toThrow('give key=value');
  expect(() => readTagFilter(['=x'], 'tagged-billed')).toThrow('give key=value');
  expect(() => readTagFilter(['job=j1'], 'billed')).toThrow('source=tagged-billed');
});
