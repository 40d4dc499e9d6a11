import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type {} from '../../packages/testkit/src/provided-context.ts';
import { simulateBudgets } from './budgets/simulate-budgets.ts';
import { createVirtualDatabase, type VirtualDatabase } from './src/store/virtual-database.ts';

/** For more: REELAY_BUDGET_SEEDS=1000 npx vitest run --project postgres tests/simulation/budgets.test.ts */
const SEEDS = Number(process.env.REELAY_BUDGET_SEEDS ?? 40);
const FIRST = Number(process.env.REELAY_BUDGET_FIRST ?? 1);

let database: VirtualDatabase;
beforeAll(async () => {
  database = await createVirtualDatabase(inject('postgresAdminUrl'));
});
afterAll(() => database.close());

it(`no reservation takes a budget over a limit in ${SEEDS} random lives of money, and none waits that could be paid`, {
  timeout: 60_000 + SEEDS * 10_000,
}, async () => {
  let [reservations, stops, adjustments] = [0, 0, 0];
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const report = await simulateBudgets(database, seed);
    expect(report.broken, `seed ${seed}\n${report.story.join('\n')}`).toEqual([]);
    reservations += report.reservations;
    stops += report.stops;
    adjustments += report.adjustments;
  }
  // It lives only if money is spent and runs out.
  expect(reservations).toBeGreaterThan(5 * SEEDS);
  expect(stops).toBeGreaterThan(SEEDS);
  expect(adjustments).toBeGreaterThan(SEEDS);
});
