import { expect, test } from 'vitest';
import { estimateQuery } from './estimate-command.ts';
import { importQuery } from './import-command.ts';
import { defaultOption, integerOption, mapOption, shareOption, usdOption } from './option-parsers.ts';

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

test('a pilot and brakes are asked for in the query', () => {
  const query = importQuery('a.csv', {
    pilot: 20,
    maxWaste: '5',
    pauseIfErrorRate: 0.5,
    errorWindow: 30,
    dryRun: true,
  });

  expect(Object.fromEntries(query)).toEqual({
    name: 'a.csv',
    dry_run: 'true',
    max_waste: '5',
    'pilot[rows]': '20',
    'pause_if[error_rate]': '0.5',
    'pause_if[window]': '30',
  });
});

test('an estimate at another resolution overrides every row', () => {
  const query = estimateQuery('a.csv', { resolution: '720p', set: defaultOption('num_frames=161') });

  expect(query.get('overrides[resolution]')).toBe('720p');
  expect(query.get('overrides[num_frames]')).toBe('161');
});

test.each([
  ['an amount in exponents', () => usdOption('1e3')],
  ['a negative amount', () => usdOption('-1')],
  ['a number out of range', () => integerOption(1, 10)('11')],
  ['a share of nothing', () => shareOption('0')],
  ['more than all', () => shareOption('1.1')],
  ['half a number', () => integerOption(1, 10)('1.5')],
  ['a default without a value', () => defaultOption('resolution')],
  ['a mapping without a column', () => mapOption('=video_url')],
])('%s is refused', (_name, parse) => {
  expect(parse).toThrow();
});
