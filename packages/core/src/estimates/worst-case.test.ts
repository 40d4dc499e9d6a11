import { expect, it } from 'vitest';
import { worstCaseOf } from './worst-case.ts';

it.each([
  ['every attempt without a max_cost', null, 240n],
  ['no more attempts than the max_cost pays for', 170n, 160n],
  ['one that the max_cost just pays for', 80n, 80n],
  ['all of them where the max_cost is above that', 1_000n, 240n],
])('the worst case is %s', (_, maxCostNanoUsd, worst) => {
  expect(worstCaseOf({ estimatedNanoUsd: 80n, maxAttempts: 3, maxCostNanoUsd })).toBe(worst);
});

it('the worst case of a free row is nothing', () => {
  expect(worstCaseOf({ estimatedNanoUsd: 0n, maxAttempts: 3, maxCostNanoUsd: 1n })).toBe(0n);
});
