import { expect, it } from 'vitest';
import { isId, makeId } from './ids.ts';
import { nextId } from './next-id.ts';

it('follows an id in sort order and stays an id', () => {
  const ids = [makeId('job', 1_790_000_000_000, new Uint8Array(10).fill(254))];
  for (let i = 0; i < 2_000; i++) ids.push(nextId(ids.at(-1) ?? ''));

  expect(ids.every((id) => isId('job', id))).toBe(true);
  expect(ids).toEqual([...new Set(ids)].sort());
});

it('carries into the next digit', () => {
  expect(nextId('job_0000000000000000000000zzz9')).toBe('job_0000000000000000000000zzza');
  expect(nextId('job_0000000000000000000000azzz')).toBe('job_0000000000000000000000b000');
});
