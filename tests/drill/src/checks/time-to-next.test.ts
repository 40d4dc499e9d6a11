import { expect, it } from 'vitest';
import { figuresOf, timeToNext } from './time-to-next.ts';

it('a wait that no other fault disturbed is whole', () => {
  const others = [
    { atMs: 0, endedAtMs: 90 },
    { atMs: 160, endedAtMs: 200 },
  ];
  expect(timeToNext([50, 150], 100, others)).toEqual({ ms: 50, isWhole: true });
});

it('a wait that another fault came into is at least the time until that', () => {
  expect(timeToNext([50, 150], 100, [{ atMs: 130, endedAtMs: 140 }])).toEqual({ ms: 30, isWhole: false });
  expect(timeToNext([150], 100, [{ atMs: 130, endedAtMs: null }])).toEqual({ ms: 30, isWhole: false });
});

it('a wait that began under another fault says nothing', () => {
  expect(timeToNext([150], 100, [{ atMs: 80, endedAtMs: 110 }])).toEqual({ ms: 0, isWhole: false });
});

it('what never came again is no wait', () => {
  expect(timeToNext([50], 100, [])).toBeNull();
});

it('the interrupted ones count, with the longest of them as a lower bound', () => {
  const waits = [30, 10, 20].map((ms) => ({ ms, isWhole: true }));
  const cut = [5, 40].map((ms) => ({ ms, isWhole: false }));
  expect(figuresOf([...waits, ...cut])).toEqual({ whole: 3, middleAndMost: [20, 30], interrupted: 2, atLeast: 40 });
  expect(figuresOf([])).toEqual({ whole: 0, middleAndMost: null, interrupted: 0, atLeast: null });
});
