/** One seed: a world is made, lives through its storm and comes to rest. What it promised is checked all the while. */
import { createChance } from './chance.ts';
import { planActions } from './customer/act.ts';
import { submitWork } from './customer/submit-work.ts';
import { calm, planFaults } from './faults.ts';
import { setTimers, turn } from './fleet/timers.ts';
import { type BrokenPromise, makeWorld, START_MS } from './make-world.ts';
import { checkEnd } from './promises/at-the-end.ts';
import { checkStep } from './promises/each-step.ts';
import { type Look, lookAt } from './promises/look.ts';
import { checkTold } from './promises/told.ts';
import { seedIds } from './seeded-ids.ts';
import { takeSnapshot } from './store/snapshot.ts';
import type { VirtualDatabase } from './store/virtual-database.ts';
import { changes, nameRows } from './trace.ts';
import type { Notes, World } from './world.ts';

export interface SeedReport {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  readonly trace: readonly string[];
  readonly notes: Notes;
  readonly requests: number;
  readonly virtualMs: number;
}

const DAY_MS = 24 * 3_600_000;
const A_MINUTE_MS = 60_000;
const STEPS_MAX = 6_000;

export async function simulate(database: VirtualDatabase, seed: number): Promise<SeedReport> {
  const ids = seedIds(createChance(seed, 'ids'));
  return live(database, seed).finally(ids.restore);
}

async function live(database: VirtualDatabase, seed: number): Promise<SeedReport> {
  const broken: BrokenPromise[] = [];
  const { world, trace } = await makeWorld(database, seed, broken);
  const { agenda } = world;
  let look = lookAt(world.state);
  submitWork(world);
  planActions(world);
  planFaults(world);
  agenda.in(world.plan.stormMs, 'calm', () => calm(world));
  while (broken.length === 0) {
    const next = agenda.take(START_MS + world.plan.days * DAY_MS);
    if (!next) break;
    await step(world, next.run);
    look = await observe(world, look);
    if (world.notes.steps > STEPS_MAX)
      world.fail('it comes to rest', `after ${STEPS_MAX} steps ${next.name} is due again`);
  }
  if (broken.length === 0) await endOf(world, look);
  return {
    seed,
    broken,
    trace: trace.lines,
    notes: world.notes,
    requests: world.provider.requests.length,
    virtualMs: agenda.now() - START_MS,
  };
}

async function step(world: World, run: () => void | Promise<void>): Promise<void> {
  world.notes.steps += 1;
  await run();
}

async function observe(world: World, before: Look): Promise<Look> {
  if (!world.touched) return before;
  world.touched = false;
  const state = await takeSnapshot(world.database.control);
  nameRows(world.labels, state);
  const changed = JSON.stringify(state) !== JSON.stringify(world.state);
  const now = changed ? lookAt(state) : before;
  if (changed) {
    for (const line of changes(world.labels, world.state, state)) world.say(line);
    checkStep(world, before, now);
  }
  world.state = state;
  setTimers(world, changed);
  return now;
}

/** Dispatch folds the ledger: after its last turn the budgets are exact. */
async function endOf(world: World, look: Look): Promise<void> {
  world.calm = true;
  await step(world, () => turn(world, 'dispatch'));
  let now = await observe(world, look);
  const untilMs = world.agenda.now() + A_MINUTE_MS;
  for (let next = world.agenda.take(untilMs); next; next = world.agenda.take(untilMs)) {
    await step(world, next.run);
    now = await observe(world, now);
  }
  checkEnd(world, now);
  await checkTold(world);
}
