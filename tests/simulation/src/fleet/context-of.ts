/** The context of one thread: the real database, the simulated fal and queue, virtual time, and failpoints that bite. */
import { type Context, createSecretBox, type FailpointName, type Log } from '@reelay/engine';
import type { Chance } from '../chance.ts';
import type { Action } from '../customer/act.ts';
import { falOfThread } from '../provider/fal-of-thread.ts';
import { type Watch, watchedDb } from '../store/watched-db.ts';
import { Killed, type Thread } from '../time/threads.ts';
import { count, type World } from '../world.ts';
import { kill } from './hosts.ts';
import { provoke } from './provoke.ts';

/** Passed while a transaction is open: a thread must not wait there, but may die there. */
const IN_TRANSACTION: ReadonlySet<FailpointName> = new Set<FailpointName>([
  'job.before_commit',
  'import.in_checkpoint',
  'dispatch.locked',
  'dispatch.before_commit',
  'webhook.before_commit',
  'settle.before_commit',
  'patrol.claimed',
  'batch.before_close',
]);

/** The request is on its way in the same thread: it waits there already. */
const ON_THE_WAY: FailpointName = 'submit.waiting';

const SECRET_BOX = createSecretBox('a deployment secret of the simulation');

export function contextOf(world: World, thread: Thread): Context {
  const chance = world.chance(`thread ${thread.number}`);
  const run: Run = { world, thread, chance, held: false };
  const { host } = thread;
  return {
    db: watchedDb(world.database.db, watchOf(run)),
    queue: world.queue.producer,
    fal: falOfThread(world.wire, thread),
    policy: world.policy,
    secretBox: SECRET_BOX,
    log: logOf(world, thread),
    owner: `${host.name}:${host.life}`,
    now: () => world.agenda.now() + host.clockErrorMs,
    monotonicMs: () => world.agenda.now(),
    random: () => chance.next(),
    failpoint: (name) => pass(run, name),
  };
}

interface Run {
  readonly world: World;
  readonly thread: Thread;
  readonly chance: Chance;
  /** Its open transaction has been held: whoever ran into its locks goes on before it does. */
  held: boolean;
}

function watchOf(run: Run): Watch {
  const { world, thread, chance } = run;
  return {
    before: async (access) => {
      if (chance.happens(0.15)) await thread.sleep(chance.between(0, 30));
      if (access === 'write') world.touched = true;
      await world.database.setNow(world.agenda.now());
    },
    beforeCommit: async () => {
      if (chance.happens(world.plan.holds)) await holdOpen(run);
    },
    afterCommit: async () => {
      if (run.held) await thread.sleep(chance.between(0, 5));
      run.held = false;
    },
  };
}

/** Others run into its locks; a customer does what it fears most, if that is said. */
async function holdOpen(run: Run, feared: Action | null = null): Promise<void> {
  const { world, thread, chance } = run;
  const heldMs = chance.between(5, 400);
  const held = await thread.hold(heldMs, () => {
    count(world.notes.faults, 'transaction held open');
    provoke(world, heldMs, feared);
  });
  run.held ||= held;
  world.touched = true;
}

async function pass(run: Run, name: FailpointName): Promise<void> {
  const { world, thread, chance } = run;
  count(world.notes.failpoints, name);
  const inside = IN_TRANSACTION.has(name);
  if (!world.calm && chance.happens(world.plan.dies)) {
    world.say(`${thread.host.name} dies at ${name}`);
    count(world.notes.faults, 'death at a failpoint');
    kill(world, thread.host);
    if (inside) throw new Killed(name);
    return thread.stopForGood();
  }
  if (inside) {
    const rare = name === 'import.in_checkpoint';
    if (chance.happens(world.plan.holds * (rare ? 6 : 1))) await holdOpen(run, rare ? 'cancel_batch' : null);
  } else if (name !== ON_THE_WAY && chance.happens(0.5)) await thread.sleep(holdMs(world, chance));
}

/** Mostly a moment; now and then long enough for everybody else to give this one up. */
function holdMs(world: World, chance: Chance): number {
  if (world.calm || !chance.happens(0.03)) return chance.between(0, 60);
  count(world.notes.faults, 'long hold');
  return chance.between(10_000, 150_000);
}

function logOf(world: World, thread: Thread): Log {
  const line = (level: string) => (fields: object, message: string) => {
    const { err, ...rest } = fields as { err?: unknown };
    if (level === 'debug' || level === 'info') return;
    world.say(`${thread.name} ${level}: ${message} ${world.labels.in(JSON.stringify(rest, plain))}`);
    if (err !== undefined && level === 'error' && !(err instanceof Killed)) {
      world.fail('no verb meets an error that nobody caused', `${thread.name}: ${message}: ${String(err)}`);
    }
  };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
