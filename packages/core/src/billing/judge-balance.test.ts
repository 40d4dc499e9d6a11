import { describe, expect, it } from 'vitest';
import { judgeBalance } from './judge-balance.ts';

const USD = 1_000_000_000n;
const facts = { balanceNanoUsd: 10n * USD, underWayNanoUsd: 2n * USD, inFlightMax: 4, waiting: 100, meanNanoUsd: USD };

describe('the balance', () => {
  it('says for how many rows it lasts beside what is under way', () => {
    expect(judgeBalance(facts)).toEqual({ low: false, rows: 8 });
  });

  it('is low when filling the slots once more would leave nothing', () => {
    expect(judgeBalance({ ...facts, balanceNanoUsd: 6n * USD + 1n })).toEqual({ low: false, rows: 4 });
    expect(judgeBalance({ ...facts, balanceNanoUsd: 6n * USD })).toEqual({ low: true, rows: 4 });
    expect(judgeBalance({ ...facts, balanceNanoUsd: 0n })).toEqual({ low: true, rows: 0 });
  });

  it('is not low while it covers all that waits', () => {
    const last = { balanceNanoUsd: 30n * USD, underWayNanoUsd: 0n, inFlightMax: 40, meanNanoUsd: 805_000_000n };

    expect(judgeBalance({ ...last, waiting: 1 })).toEqual({ low: false, rows: 37 });
    expect(judgeBalance({ ...last, waiting: 37 })).toEqual({ low: false, rows: 37 });
    expect(judgeBalance({ ...last, waiting: 38 })).toEqual({ low: true, rows: 37 });
    expect(judgeBalance({ ...last, balanceNanoUsd: 805_000_000n, waiting: 1 })).toEqual({ low: true, rows: 1 });
  });

  it('is never low when nothing waits for it', () => {
    expect(judgeBalance({ ...facts, balanceNanoUsd: 0n, meanNanoUsd: null })).toEqual({ low: false, rows: null });
  });
});
