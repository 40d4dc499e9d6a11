import { expect, it } from 'vitest';
import { drawRunTimeMs } from './draw-run-time.ts';

const draw = (seed: number, ordinal: number) => drawRunTimeMs(seed, { inputSha256: 'a', ordinal }, 90_000);
const times = Array.from({ length: 4_000 }, (_, ordinal) => draw(1, ordinal)).toSorted((a, b) => a - b);

it('has a median near 90 s and stays between 0.6 and 2.2 times that', () => {
  expect(times[2_000]).toBeGreaterThan(86_000);
  expect(times[2_000]).toBeLessThan(94_000);
  expect(times.at(0)).toBeGreaterThanOrEqual(54_000);
  expect(times.at(-1)).toBeLessThanOrEqual(198_000);
});

it('is the same for the same seed, input and ordinal, and differs with each of them', () => {
  const time = draw(1, 1);

  expect(draw(1, 1)).toBe(time);
  expect(draw(2, 1)).not.toBe(time);
  expect(draw(1, 2)).not.toBe(time);
  expect(drawRunTimeMs(1, { inputSha256: 'b', ordinal: 1 }, 90_000)).not.toBe(time);
});
