/** Makes the world of a seed: the parts, tied to each other and to one agenda. */
import { makePolicy } from '@reelay/core';
import { type Chance, createChance } from './chance.ts';
import { makeHost } from './fleet/hosts.ts';
import { runTask } from './fleet/run-task.ts';
import { createTaskQueue } from './fleet/task-queue.ts';
import { createLabels, type Labels } from './labels.ts';
import { planWorld, type WorldPlan } from './plan.ts';
import { callBack } from './provider/callbacks.ts';
import type { Wire } from './provider/fal-of-thread.ts';
import { createProvider, type Provider } from './provider/provider.ts';
import { isLockAwaited } from './store/locks.ts';
import { takeSnapshot } from './store/snapshot.ts';
import type { VirtualDatabase } from './store/virtual-database.ts';
import { type Agenda, createAgenda } from './time/agenda.ts';
import { createThreads, type Host, type Threads } from './time/threads.ts';
import { createTrace, type Trace } from './trace.ts';
import { count, type Notes, type World } from './world.ts';

/** A seed's few jobs make no long row of unclear answers. */
const POLICY = makePolicy({ unclearAnswersMax: 3 });

export interface BrokenPromise {
  readonly promise: string;
  readonly facts: string;
}

export const START_MS = Date.UTC(2027, 0, 4);
const PROJECT = 'proj_00000000000000000000000001';
const CLOCK_ERRORS_MS = [0, 0, 90_000, -90_000];

export async function makeWorld(
  database: VirtualDatabase,
  seed: number,
  broken: BrokenPromise[],
): Promise<{ readonly world: World; readonly trace: Trace }> {
  const chance = streamsOf(seed);
  const plan = planWorld(chance('plan'));
  const agenda = createAgenda(START_MS);
  const labels = createLabels();
  const trace = createTrace(agenda, labels, START_MS);
  await prepare(database, plan);
  const notes = emptyNotes();
  const fail = (promise: string, facts: string) => {
    trace.say(`BROKEN: ${promise}: ${facts}`);
    broken.push({ promise, facts: labels.in(facts) });
  };
  const { say } = trace;
  const provider = createProvider({
    agenda,
    chance: chance('provider'),
    plan: plan.provider,
    say,
    onEnd: (request) => callBack(world, request),
  });
  const host = (name: string) => makeHost(name, chance('hosts').pick(CLOCK_ERRORS_MS));
  const world: World = {
    seed,
    plan,
    policy: POLICY,
    agenda,
    threads: makeThreads({ agenda, database, notes, say, fail }),
    labels,
    database,
    provider,
    wire: wireOf({ agenda, plan, provider, chance: chance('wire'), notes, labels, fail }, () => world),
    queue: queueOf(() => world, chance('queue')),
    workers: Array.from({ length: plan.workers }, (_, i): Host => host(`worker${i + 1}`)),
    api: host('api'),
    projectId: PROJECT,
    notes,
    chance,
    state: await takeSnapshot(database.control),
    touched: false,
    calm: false,
    say,
    fail,
  };
  return { world, trace };
}

function streamsOf(seed: number): World['chance'] {
  const streams = new Map<string, Chance>();
  return (purpose) => {
    const known = streams.get(purpose) ?? createChance(seed, purpose);
    streams.set(purpose, known);
    return known;
  };
}

function emptyNotes(): Notes {
  return {
    riskAccepted: new Set(),
    givenUp: new Set(),
    toldByCallback: new Map(),
    answered: new Set(),
    listed: new Set(),
    adoptedByPerson: new Set(),
    forbiddenSince: new Map(),
    failpoints: new Map(),
    faults: new Map(),
    steps: 0,
  };
}

type Fail = World['fail'];

function makeThreads(parts: {
  readonly agenda: Agenda;
  readonly database: VirtualDatabase;
  readonly notes: Notes;
  readonly say: World['say'];
  readonly fail: Fail;
}): Threads {
  const { agenda, database, notes, say, fail } = parts;
  return createThreads({
    agenda,
    isLockAwaited: () => isLockAwaited(database.control),
    onBlocked: (thread) => {
      count(notes.faults, 'waited for a lock');
      say(`${thread.name} waits for a lock`);
    },
    onError: (thread, error) => fail('no verb meets an error that nobody caused', `${thread.name}: ${String(error)}`),
  });
}

interface WireParts {
  readonly agenda: Agenda;
  readonly plan: WorldPlan;
  readonly provider: Provider;
  readonly chance: Chance;
  readonly notes: Notes;
  readonly labels: Labels;
  readonly fail: Fail;
}

/** A frozen process may be let go between two of its own looks at the clock. */
const LATE_MS = 1_000;

function wireOf({ agenda, plan, provider, chance, notes, labels, fail }: WireParts, world: () => World): Wire {
  const { submitTimeoutMs } = POLICY;
  return {
    agenda,
    chance,
    provider,
    plan: plan.wire,
    submitMs: submitTimeoutMs,
    publicUrl: plan.webhooks ? 'https://reelay.example.com' : null,
    onPost: ({ attemptId }) => {
      const posts = (provider.posts.get(attemptId) ?? 0) + 1;
      provider.posts.set(attemptId, posts);
      if (posts > 1) fail('one POST per attempt', labels.of(attemptId));
      const attempt = world().state.attempts.find(({ id }) => id === attemptId);
      const lateMs = agenda.now() - (attempt?.sendingAtMs ?? 0) - submitTimeoutMs;
      if (lateMs > LATE_MS) fail('nothing is sent after its deadline', `${labels.of(attemptId)}, ${lateMs} ms late`);
    },
    onListed: (requests) => {
      for (const { attemptId, id } of requests) notes.listed.add(`${attemptId} ${id}`);
    },
  };
}

function queueOf(world: () => World, chance: Chance): World['queue'] {
  return createTaskQueue({
    world,
    chance,
    run: (task, id) => runTask(world(), task, id),
    check: (task, ids) => checkCommitted(world(), task, ids),
  });
}

async function prepare(database: VirtualDatabase, plan: WorldPlan): Promise<void> {
  await database.clear();
  await database.setNow(START_MS);
  await database.control.query('INSERT INTO projects (id, name) VALUES ($1, $2)', [PROJECT, 'simulated']);
  await database.control.query('UPDATE provider_accounts SET in_flight_max = $1, in_flight_configured = $1', [
    plan.inFlight,
  ]);
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
