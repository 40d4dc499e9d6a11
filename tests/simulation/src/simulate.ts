/** One seed: a world is made, lives through its storm and comes to rest. What it promised is checked all the while. */
import { DEFAULT_POLICY } from '@reelay/core';
import { type Chance, createChance } from './chance.ts';
import { planActions } from './customer/act.ts';
import { submitWork } from './customer/submit-work.ts';
import { calm, planFaults } from './faults.ts';
import { makeHost } from './fleet/hosts.ts';
import { runTask } from './fleet/run-task.ts';
import { createTaskQueue } from './fleet/task-queue.ts';
import { setTimers, turn } from './fleet/timers.ts';
import { createLabels } from './labels.ts';
import { planWorld, type WorldPlan } from './plan.ts';
import { checkEnd } from './promises/at-the-end.ts';
import { checkStep } from './promises/each-step.ts';
import { type Look, lookAt } from './promises/look.ts';
import { callBack } from './provider/callbacks.ts';
import { createProvider } from './provider/provider.ts';
import { seedIds } from './seeded-ids.ts';
import { isLockAwaited } from './store/locks.ts';
import { takeSnapshot } from './store/snapshot.ts';
import type { VirtualDatabase } from './store/virtual-database.ts';
import { createAgenda } from './time/agenda.ts';
import { createThreads } from './time/threads.ts';
import { changes, createTrace, nameRows } from './trace.ts';
import { count, type Notes, type World } from './world.ts';

export interface BrokenPromise {
  readonly promise: string;
  readonly facts: string;
}

export interface SeedReport {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  readonly trace: readonly string[];
  readonly notes: Notes;
  readonly requests: number;
  readonly virtualMs: number;
}

const START_MS = Date.UTC(2027, 0, 4);
const DAY_MS = 24 * 3_600_000;
const A_MINUTE_MS = 60_000;
const STEPS_MAX = 6_000;
const PROJECT = 'proj_00000000000000000000000001';

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
}

async function makeWorld(database: VirtualDatabase, seed: number, broken: BrokenPromise[]) {
  const streams = new Map<string, Chance>();
  const chance = (purpose: string) => {
    const known = streams.get(purpose) ?? createChance(seed, purpose);
    streams.set(purpose, known);
    return known;
  };
  const plan = planWorld(chance('plan'));
  const agenda = createAgenda(START_MS);
  const labels = createLabels();
  const trace = createTrace(agenda, labels, START_MS);
  await prepare(database, plan);
  const fail = (promise: string, facts: string) => {
    trace.say(`BROKEN: ${promise}: ${facts}`);
    broken.push({ promise, facts: labels.in(facts) });
  };
  const notes: Notes = {
    riskAccepted: new Set(),
    givenUp: new Set(),
    toldByCallback: new Map(),
    answered: new Set(),
    listed: new Set(),
    adoptedByPerson: new Set(),
    failpoints: new Map(),
    faults: new Map(),
    steps: 0,
  };
  const threads = createThreads({
    agenda,
    isLockAwaited: () => isLockAwaited(database.control),
    onBlocked: (thread) => {
      count(notes.faults, 'waited for a lock');
      trace.say(`${thread.name} waits for a lock`);
    },
    onError: (thread, error) => fail('no verb meets an error that nobody caused', `${thread.name}: ${String(error)}`),
  });
  const provider = createProvider({
    agenda,
    chance: chance('provider'),
    plan: plan.provider,
    say: trace.say,
    onEnd: (request) => callBack(world, request),
  });
  const skewed = () => chance('hosts').pick([0, 0, 90_000, -90_000]);
  const world: World = {
    seed,
    plan,
    policy: DEFAULT_POLICY,
    agenda,
    threads,
    labels,
    database,
    provider,
    wire: {
      agenda,
      chance: chance('wire'),
      provider,
      plan: plan.wire,
      submitMs: DEFAULT_POLICY.submitTimeoutMs,
      publicUrl: plan.webhooks ? 'https://reelay.example.com' : null,
      onPost: (request) => {
        const posts = (provider.posts.get(request.attemptId) ?? 0) + 1;
        provider.posts.set(request.attemptId, posts);
        const attempt = world.state.attempts.find(({ id }) => id === request.attemptId);
        const lateMs = agenda.now() - (attempt?.sendingAtMs ?? 0) - DEFAULT_POLICY.submitTimeoutMs;
        if (lateMs > 1_000)
          fail('nothing is sent after its deadline', `${labels.of(request.attemptId)}, ${lateMs} ms late`);
        if (posts > 1) fail('one POST per attempt', labels.of(request.attemptId));
      },
      onListed: (requests) => {
        for (const { attemptId, id } of requests) notes.listed.add(`${attemptId} ${id}`);
      },
    },
    queue: createTaskQueue({
      agenda,
      chance: chance('queue'),
      plan: plan.queue,
      isCalm: () => world.calm,
      label: labels.of,
      run: (task, id) => runTask(world, task, id),
      check: (task, ids) => checkCommitted(world, task, ids),
    }),
    workers: Array.from({ length: plan.workers }, (_, i) => makeHost(`worker${i + 1}`, skewed())),
    api: makeHost('api', skewed()),
    projectId: PROJECT,
    notes,
    chance,
    state: await takeSnapshot(database.control),
    touched: false,
    calm: false,
    say: trace.say,
    fail,
  };
  return { world, trace };
}

async function prepare(database: VirtualDatabase, plan: WorldPlan): Promise<void> {
  await database.clear();
  await database.setNow(START_MS);
  await database.control.query('INSERT INTO projects (id, name) VALUES ($1, $2)', [PROJECT, 'simulated']);
  await database.control.query('UPDATE provider_accounts SET in_flight_max = $1', [plan.inFlight]);
}

const TABLE_OF = { submit: 'attempts', settle: 'attempts', import: 'uploads' } as const;

async function checkCommitted(world: World, task: keyof typeof TABLE_OF, ids: readonly string[]): Promise<void> {
  const { rows } = await world.database.control.query<{ known: number }>({
    name: `committed ${task}`,
    text: `SELECT count(*)::int AS known FROM ${TABLE_OF[task]} WHERE id = ANY($1)`,
    values: [ids],
  });
  if (rows[0]?.known !== new Set(ids).size) world.fail('a task names only what is committed', `${task} ${ids.join()}`);
}
