import { expect, test } from 'vitest';
import { addSample, type Pace, remainingMs } from './pace.ts';

function paceOf(...samples: [atMs: number, open: number][]): Pace {
  return samples.reduce<Pace>((pace, [atMs, open]) => addSample(pace, { atMs, open }), []);
}

test('ten jobs ended in ten seconds leave thirty seconds for thirty', () => {
  expect(remainingMs(paceOf([0, 40], [10_000, 30]))).toBe(30_000);
});

test.each([
  ['nothing was seen', paceOf()],
  ['one look was taken', paceOf([0, 40])],
  ['nothing has ended', paceOf([0, 40], [10_000, 40])],
  ['jobs were opened again', paceOf([0, 40], [10_000, 41])],
])('no time is told when %s', (_name, pace) => {
  expect(remainingMs(pace)).toBeNull();
});

test('nothing open needs no time', () => {
  expect(remainingMs(paceOf([0, 40], [10_000, 0]))).toBe(0);
});

test('a pace of long ago is forgotten', () => {
  const fastThenSlow = paceOf([0, 1000], [10_000, 100], [70_000, 100], [130_000, 90]);
  expect(remainingMs(fastThenSlow)).toBe((60_000 / 10) * 90);
});

test('samples stay few however long a batch runs', () => {
  const looks = Array.from({ length: 5000 }, (_, n): [number, number] => [n * 1000, 5000 - n]);
  expect(paceOf(...looks).length).toBeLessThan(70);
});
