import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Budget, type Candidate, fitBudgets } from './fit-budgets.ts';

const SCOPES = ['deployment', 'batch:a', 'batch:b'] as const;

const job = (jobId: string, laneId: string, worstCaseNanoUsd: bigint, scopes: readonly string[] = ['deployment']) => ({
  jobId,
  laneId,
  worstCaseNanoUsd,
  scopes,
});
const budget = (scope: string, limitNanoUsd: bigint | null, spent: Partial<Budget> = {}): Budget => ({
  scope,
  period: 'total',
  limitNanoUsd,
  reservedNanoUsd: 0n,
  chargedNanoUsd: 0n,
  ...spent,
});

const cents = fc.bigInt({ min: 0n, max: 50n });
const WINDOWS = ['total', 'day', 'hour'] as const;
const budgetsOf = fc
  .tuple(
    ...SCOPES.flatMap((scope) =>
      WINDOWS.map((period) => fc.option(fc.tuple(fc.option(cents), cents, cents).map(toBudget(scope, period)))),
    ),
  )
  .map((budgets) => budgets.filter((one) => one !== null));
const candidates = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), cents, fc.subarray([...SCOPES])), { maxLength: 20 })
  .map((rows) => rows.map(([laneId, cost, scopes], i) => job(`job-${i}`, laneId, cost, scopes)));

function toBudget(scope: string, period: Budget['period']) {
  return ([limit, reserved, charged]: readonly [bigint | null, bigint, bigint]) =>
    budget(scope, limit, { period, reservedNanoUsd: reserved, chargedNanoUsd: charged });
}

const roomOf = ({ limitNanoUsd, reservedNanoUsd, chargedNanoUsd }: Budget) =>
  limitNanoUsd === null ? null : limitNanoUsd - reservedNanoUsd - chargedNanoUsd;
const costIn = (scope: string, taken: readonly Candidate[]) =>
  taken
    .filter(({ scopes }) => scopes.includes(scope))
    .reduce((sum, { worstCaseNanoUsd }) => sum + worstCaseNanoUsd, 0n);

describe('whatever is asked for', () => {
  it('takes no more than the room in any scope and period', () => {
    fc.assert(
      fc.property(candidates, budgetsOf, (asked, budgets) => {
        const { taken } = fitBudgets(asked, budgets);
        for (const limited of budgets) {
          const room = roomOf(limited);
          const cost = costIn(limited.scope, taken);
          expect(room === null || cost === 0n || cost <= room, `${limited.scope} ${limited.period}`).toBe(true);
        }
      }),
    );
  });

  it('takes from each lane its first jobs in order: none is skipped for price', () => {
    fc.assert(
      fc.property(candidates, budgetsOf, (asked, budgets) => {
        const { taken, blocked } = fitBudgets(asked, budgets);
        for (const laneId of ['a', 'b', 'c']) {
          const all = asked.filter((candidate) => candidate.laneId === laneId);
          const mine = taken.filter((candidate) => candidate.laneId === laneId);
          expect(mine).toEqual(all.slice(0, mine.length));
          expect(blocked.has(laneId)).toBe(mine.length < all.length);
        }
      }),
    );
  });

  it('stops a lane only where its next job does not fit the budget named', () => {
    fc.assert(
      fc.property(candidates, budgetsOf, (asked, budgets) => {
        const { taken, blocked } = fitBudgets(asked, budgets);
        for (const [laneId, { scope, period, neededNanoUsd }] of blocked) {
          const next = asked.find((candidate) => candidate.laneId === laneId && !taken.includes(candidate));
          const limited = budgets.find((budget) => budget.scope === scope && budget.period === period);
          expect(neededNanoUsd).toBe(next?.worstCaseNanoUsd);
          const room = (limited ? roomOf(limited) : null) ?? 0n;
          expect(next?.scopes).toContain(scope);
          expect(room - costIn(scope, taken)).toBeLessThan(next?.worstCaseNanoUsd ?? 0n);
        }
      }),
    );
  });

  it('takes everything where nothing is limited', () => {
    fc.assert(
      fc.property(candidates, (asked) => {
        expect(fitBudgets(asked, [budget('deployment', null)]).taken).toEqual(asked);
      }),
    );
  });
});

it('takes exactly 100 jobs with money for 100', () => {
  const asked = Array.from({ length: 150 }, (_, i) => job(`job-${i}`, 'a', 405_000_000n));

  const { taken, blocked } = fitBudgets(asked, [budget('deployment', 40_500_000_000n)]);

  expect(taken).toHaveLength(100);
  expect([...blocked]).toEqual([['a', { scope: 'deployment', period: 'total', neededNanoUsd: 405_000_000n }]]);
});

it('counts what is reserved and charged against the limit', () => {
  const spent = budget('deployment', 100n, { reservedNanoUsd: 40n, chargedNanoUsd: 40n });

  expect(fitBudgets([job('fits', 'a', 20n)], [spent]).taken).toHaveLength(1);
  expect(fitBudgets([job('does not', 'a', 21n)], [spent]).taken).toEqual([]);
});

it('leaves a cheap row alone behind a dear one of its lane, and serves other lanes', () => {
  const asked = [job('dear', 'a', 90n), job('cheap', 'a', 1n), job('other', 'b', 5n)];

  const { taken, blocked } = fitBudgets(asked, [budget('deployment', 10n)]);

  expect(taken.map(({ jobId }) => jobId)).toEqual(['other']);
  expect([...blocked.keys()]).toEqual(['a']);
});

it("blocks a lane by its own batch's cap while the deployment still has money", () => {
  const asked = [
    job('a1', 'a', 6n, ['deployment', 'batch:a']),
    job('a2', 'a', 6n, ['deployment', 'batch:a']),
    job('b1', 'b', 6n, ['deployment', 'batch:b']),
  ];

  const { taken, blocked } = fitBudgets(asked, [budget('deployment', 100n), budget('batch:a', 10n)]);

  expect(taken.map(({ jobId }) => jobId)).toEqual(['a1', 'b1']);
  expect(Object.fromEntries(blocked)).toMatchObject({ a: { scope: 'batch:a' } });
});

it('reserves nothing in one scope for a job that another scope refuses', () => {
  const asked = [job('refused', 'a', 8n, ['deployment', 'batch:a']), job('next', 'b', 8n)];

  expect(fitBudgets(asked, [budget('deployment', 10n), budget('batch:a', 0n)]).taken).toMatchObject([
    { jobId: 'next' },
  ]);
});

it('takes nothing, not even for free, once more is spent than the limit', () => {
  const overspent = budget('deployment', 10n, { chargedNanoUsd: 11n });

  expect(fitBudgets([job('free', 'a', 0n)], [overspent]).taken).toEqual([]);
});

it('bounds a scope by the tightest of its periods, and names that one', () => {
  const asked = Array.from({ length: 5 }, (_, i) => job(`job-${i}`, 'a', 10n, ['deployment', 'project:p']));
  const limits = [budget('project:p', 100n), budget('project:p', 30n, { period: 'hour' }), budget('deployment', 100n)];

  const { taken, blocked } = fitBudgets(asked, limits);

  expect(taken).toHaveLength(3);
  expect(blocked.get('a')).toEqual({ scope: 'project:p', period: 'hour', neededNanoUsd: 10n });
});

it('takes nothing from what one period has room for when another has none', () => {
  const asked = [job('refused', 'a', 8n, ['project:p']), job('next', 'b', 5n, ['project:p'])];
  const limits = [budget('project:p', 10n), budget('project:p', 5n, { period: 'hour' })];

  const { taken } = fitBudgets(asked, limits);

  expect(taken).toMatchObject([{ jobId: 'next' }]);
});
