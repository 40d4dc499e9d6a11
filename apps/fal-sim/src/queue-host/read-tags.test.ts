import { expect, it } from 'vitest';
import { readTags } from './read-tags.ts';

it.each([
  [undefined, {}],
  ['', {}],
  ['a=1,b=2', { a: '1', b: '2' }],
  [' a = 1 , b=x=y', { a: '1', b: 'x=y' }],
  ['Upper=1,ok=2', { ok: '2' }],
  ['fal.job=1,job=2', { job: '2' }],
  ['novalue,empty=,ok=1', { ok: '1' }],
  [`${'k'.repeat(65)}=1,ok=1`, { ok: '1' }],
  [`long=${'v'.repeat(257)},ok=1`, { ok: '1' }],
  ['ü=1,v=ü,ok=1', { ok: '1' }],
  [`big=${'v'.repeat(200)},`.repeat(6), {}],
])('reads %j, dropping what breaks a rule', (header, tags) => {
  expect(readTags(header)).toEqual(tags);
});

it('keeps the first ten', () => {
  const header = Array.from({ length: 12 }, (_, n) => `k${n}=v`).join(',');

  expect(Object.keys(readTags(header))).toEqual(Array.from({ length: 10 }, (_, n) => `k${n}`));
});
