/** The context of one thread: the real database, the simulated fal and queue, virtual time, and failpoints that bite. */
import type { Context, FailpointName, Log } from '@reelay/engine';
import type { Chance } from '../chance.ts';
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

export function contextOf(world: World, thread: Thread): Context {
  const chance = world.chance(`thread ${thread.number}`);
  const { host } = thread;
  return {
    db: watchedDb(world.database.db, watchOf(world, thread, chance)),
    queue: world.queue.producer,
    fal: falOfThread(world.wire, thread),
    policy: world.policy,
    log: logOf(world, thread),
    owner: `${host.name}:${host.life}`,
    now: () => world.agenda.now() + host.clockErrorMs,
    monotonicMs: () => world.agenda.now(),
    random: () => chance.next(),
    failpoint: (name) => pass(world, thread, chance, name),
  };
}

function watchOf(world: World, thread: Thread, chance: Chance): Watch {
  let held = false;
  return {
    before: async (access) => {
      if (chance.happens(0.15)) await thread.sleep(chance.between(0, 30));
      if (access === 'write') world.touched = true;
      await world.database.setNow(world.agenda.now());
    },
    beforeCommit: async () => {
      if (!chance.happens(world.plan.holds)) return;
      held = await holdOpen(world, thread, chance);
    },
    afterCommit: async () => {
      // Whoever waited for its locks goes on now: this thread comes after them.
      if (held) await thread.sleep(chance.between(0, 5));
      held = false;
    },
  };
}

async function holdOpen(world: World, thread: Thread, chance: Chance): Promise<boolean> {
  const heldMs = chance.between(5, 400);
  const holding = thread.hold(heldMs, () => {
    count(world.notes.faults, 'transaction held open');
    provoke(world, heldMs);
  });
  const held = await holding;
  world.touched = true;
  return held;
}

/** The one transaction that does not go through Prisma. */
const IN_COPY: FailpointName = 'import.in_checkpoint';

async function pass(world: World, thread: Thread, chance: Chance, name: FailpointName): Promise<void> {
  count(world.notes.failpoints, name);
  const dies = !world.calm && chance.happens(world.plan.dies);
  if (dies) {
    world.say(`${thread.host.name} dies at ${name}`);
    count(world.notes.faults, 'death at a failpoint');
    kill(world, thread.host);
    if (IN_TRANSACTION.has(name)) throw new Killed(name);
    return thread.stopForGood();
  }
  if (name === IN_COPY && chance.happens(world.plan.holds * 4)) await holdOpen(world, thread, chance);
  if (IN_TRANSACTION.has(name) || name === ON_THE_WAY) return;
  if (chance.happens(0.5)) await thread.sleep(holdMs(world, chance));
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
