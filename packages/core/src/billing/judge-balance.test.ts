import { describe, expect, it } from 'vitest';
import { type Candidate, fitBudgets } from '../dispatch/fit-budgets.ts';
import { BALANCE_SCOPE, balanceLimit, rowsCovered } from './judge-balance.ts';

const USD = 1_000_000_000n;

const rows = (count: number): Candidate[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ jobId: `job_${n}`, laneId: 'lane', worstCaseNanoUsd: USD, scopes: [BALANCE_SCOPE] },
  }));

describe('the balance', () => {
  it('is never planned to its end: that locks the account', () => {
    const { taken, blocked } = fitBudgets(rows(10), [balanceLimit(6n * USD, 2n * USD)]);

    expect(taken).toHaveLength(3);
    expect(blocked.get('lane')).toMatchObject({ scope: BALANCE_SCOPE, neededNanoUsd: USD });
    expect(fitBudgets(rows(10), [balanceLimit(6n * USD + 1n, 2n * USD)]).taken).toHaveLength(4);
  });

  it('pays for all that it covers, however little that is', () => {
    expect(fitBudgets(rows(1), [balanceLimit(USD + 1n, 0n)]).blocked.size).toBe(0);
    expect(fitBudgets(rows(1), [balanceLimit(USD, 0n)]).blocked.size).toBe(1);
    expect(fitBudgets(rows(1), [balanceLimit(-USD, 0n)]).blocked.size).toBe(1);
  });

  it('says for how many rows it lasts, as the limit counts them', () => {
    expect(rowsCovered(6n * USD, USD)).toBe(5);
    expect(rowsCovered(6n * USD + 1n, USD)).toBe(6);
    expect(rowsCovered(-USD, USD)).toBe(0);
    expect(rowsCovered(0n, null)).toBeNull();
  });
});
