/** One seed: budgets, windows, cancels, failures, retries and bills in any order, and what is promised after each step. */
import type { VirtualDatabase } from '../src/store/virtual-database.ts';
import { readFacts } from './money-facts.ts';
import { findDrift, findIdle, findOvershoot } from './money-promises.ts';
import { planStep } from './money-steps.ts';
import { makeMoneyWorld } from './money-world.ts';

const STEPS = 40;

export interface BudgetReport {
  readonly broken: readonly string[];
  readonly story: readonly string[];
  readonly reservations: number;
  /** Dispatches that left slots free because nobody who waits could pay. */
  readonly stops: number;
  /** What fal billed otherwise than was charged. */
  readonly adjustments: number;
}

export async function simulateBudgets(database: VirtualDatabase, seed: number): Promise<BudgetReport> {
  const world = await makeMoneyWorld(database, seed);
  let [facts, stops] = [await readFacts(database.control), 0];
  const report = (broken: readonly string[]): BudgetReport => {
    const adjustments = facts.entries.filter(({ kind }) => kind === 'adjust').length;
    return { broken, story: world.story, reservations: facts.attempts.size, stops, adjustments };
  };
  for (let i = 0; i < STEPS; i++) {
    const step = planStep(world);
    world.story.push(`${new Date(world.nowMs).toISOString()} ${step.name}`);
    await step.run();
    const now = await readFacts(database.control);
    const isDispatch = step.name === 'dispatch';
    const broken = [
      ...findOvershoot(step, facts, now),
      ...findDrift(now),
      ...(isDispatch ? findIdle(now, world.nowMs) : []),
    ];
    if (isDispatch && now.waiting.some(({ shortScope }) => shortScope !== null)) stops += 1;
    facts = now;
    if (broken.length > 0) return report(broken);
  }
  return report([]);
}
