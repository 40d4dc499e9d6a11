/** What may happen to money, one step at a time or several at once. */
import { BUDGET_PERIODS } from '@reelay/core';
import { setDeploymentLimit } from '@reelay/db';
import { changeBatch, dispatch, removeBudget, setBudget } from '@reelay/engine';
import { accept, bill, bookOrphan, costOf, doubt, each, fail, giveBack, succeed } from './attempt-steps.ts';
import { type MoneyWorld, PRICE_MAX } from './money-world.ts';

export interface Step {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  /** Nothing else happened: the limits and sums after it are those that every reservation in it has met. */
  readonly alone: boolean;
}

const WEIGHTS = {
  dispatch: 9,
  accept: 6,
  succeed: 6,
  fail: 3,
  giveBack: 2,
  doubt: 1,
  orphan: 1,
  bill: 6,
  retry: 2,
  cancel: 1,
  pass: 6,
  stepBack: 1,
  limit: 6,
  unlimit: 1,
  cap: 3,
  deployment: 1,
  together: 5,
};

/** At once with others only what leaves reserved + charged as it is, and one change of a limit or of the hour. */
const TOGETHER = { dispatch: 6, exact: 3 };
const CHANGES = { limit: 3, unlimit: 1, cap: 2, roll: 2 };

export function planStep(world: MoneyWorld): Step {
  const name = world.chance.weighted(WEIGHTS);
  if (name !== 'together') return { name, run: MAKERS[name](world), alone: true };
  const change = world.chance.weighted(CHANGES);
  const names = [...Array.from({ length: world.chance.whole(2, 4) }, () => world.chance.weighted(TOGETHER)), change];
  const runs = names.map((one) => MAKERS[one](world));
  return { name: names.join(' + '), run: () => Promise.all(runs.map((run) => run())), alone: false };
}

type Run = () => Promise<unknown>;
type StepName = Exclude<keyof typeof WEIGHTS, 'together'> | keyof typeof TOGETHER | keyof typeof CHANGES;

const some = (world: MoneyWorld, state: string) => ({ state, count: world.chance.whole(1, 6) });
const one = (state: string) => ({ state, count: 1 });

const MAKERS: Record<StepName, (world: MoneyWorld) => Run> = {
  dispatch: (world) => () => dispatch(world.context),
  accept: (world) => () => each(world, some(world, 'reserved'), accept),
  succeed: (world) => () =>
    each(world, some(world, 'accepted'), (tx, found) => succeed(tx, found, costOf(world, found))),
  exact: (world) => () => each(world, one('accepted'), (tx, found) => succeed(tx, found, found.reserved_nano_usd)),
  fail: (world) => () =>
    each(world, some(world, 'accepted'), (tx, found) => fail(tx, found, world.chance.happens(0.5))),
  giveBack: (world) => () => each(world, some(world, 'reserved'), giveBack),
  doubt: (world) => () => each(world, one('reserved'), doubt),
  orphan: (world) => () => each(world, one('succeeded'), (tx, found) => bookOrphan(world, tx, found)),
  bill: (world) => () => bill(world, world.chance.whole(1, 4)),
  retry: (world) => () => sql(world, "UPDATE jobs SET status = 'queued', run = run + 1 WHERE status = 'failed'"),
  cancel: (world) => () =>
    sql(world, "UPDATE jobs SET status = 'cancelled' WHERE id = (SELECT min(id) FROM jobs WHERE status = 'queued')"),
  pass: (world) => pass(world, world.chance.pick([1_000, 60_000, 601_000, 3_600_000, 86_400_000])),
  roll: (world) => pass(world, world.chance.pick([601_000, 3_600_000])),
  stepBack: (world) => pass(world, -world.chance.whole(1, 1_800_000)),
  limit: (world) => limit(world),
  unlimit: (world) => {
    const change = { ...targetOf(world), period: world.chance.pick(BUDGET_PERIODS) };
    return () => removeBudget(world.context, change);
  },
  cap: (world) => {
    const project = world.chance.pick(world.projects);
    const batchId = world.chance.pick(project.batches);
    const capNanoUsd = world.chance.happens(0.1) ? null : amount(world);
    return () => changeBatch(world.context, { projectId: project.id, batchId, capNanoUsd });
  },
  deployment: (world) => {
    const most = world.chance.happens(0.4) ? null : amount(world) * 3n;
    return () => setDeploymentLimit(world.context.db, most);
  },
};

const amount = ({ chance }: MoneyWorld) => BigInt(chance.whole(0, 12) * chance.whole(1, PRICE_MAX));

function targetOf({ chance, projects }: MoneyWorld) {
  const project = chance.pick(projects);
  const scope = chance.happens(0.5) ? 'project' : `key:${chance.pick(project.keys)}`;
  return { projectId: project.id, scope };
}

function limit(world: MoneyWorld): Run {
  const change = { ...targetOf(world), period: world.chance.pick(BUDGET_PERIODS), limitNanoUsd: amount(world) };
  world.story.push(`  ${change.scope} ${change.period}: ${change.limitNanoUsd}`);
  return () => setBudget(world.context, change);
}

function pass(world: MoneyWorld, byMs: number): Run {
  return async () => {
    world.nowMs += byMs;
    await world.database.setNow(world.nowMs);
  };
}

const sql = (world: MoneyWorld, text: string) => world.context.db.pool.query(text);
