import { expect, test } from 'vitest';
import { importQuery } from './import-command.ts';
import { defaultOption, integerOption, mapOption, usdOption } from './option-parsers.ts';

test('the batch is named after its file unless it is named', () => {
  expect(importQuery('/a/clips.csv', {}).toString()).toBe('name=clips.csv');
  expect(importQuery('/a/clips.csv', { name: 'spring' }).get('name')).toBe('spring');
});

test('options become the query of an import', () => {
  const query = importQuery('a.csv', {
    cap: '50',
    maxAttempts: 2,
    onUnknown: 'resubmit',
    unknownBudget: '2.5',
    default: defaultOption('prompt=a=b', defaultOption('resolution=480p')),
    map: mapOption('Clip=1=video_url', mapOption('Notes=')),
  });
  expect(Object.fromEntries(query)).toEqual({
    name: 'a.csv',
    cap: '50',
    'retry[max_attempts]': '2',
    on_unknown: 'resubmit',
    unknown_budget: '2.5',
    'defaults[resolution]': '480p',
    'defaults[prompt]': 'a=b',
    'map[Notes]': '',
    'map[Clip=1]': 'video_url',
  });
});

test.each([
  ['an amount in exponents', () => usdOption('1e3')],
  ['a negative amount', () => usdOption('-1')],
  ['a number out of range', () => integerOption(1, 10)('11')],
  ['half a number', () => integerOption(1, 10)('1.5')],
  ['a default without a value', () => defaultOption('resolution')],
  ['a mapping without a column', () => mapOption('=video_url')],
])('%s is refused', (_name, parse) => {
  expect(parse).toThrow();
});
