/** The context of one thread: the real database, the simulated fal and queue, virtual time, and failpoints that bite. */
import type { Context, FailpointName, Log } from '@reelay/engine';
import { falOfThread } from '../provider/fal-of-thread.ts';
import { watchedDb } from '../store/watched-db.ts';
import { Killed, type Thread } from '../time/threads.ts';
import { count, type World } from '../world.ts';
import { kill } from './hosts.ts';

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
  const chance = world.chance('threads');
  const { host } = thread;
  const before = async () => {
    world.touched = true;
    if (chance.happens(0.25)) await thread.sleep(chance.between(0, 30));
    world.touched = true;
  };
  return {
    db: watchedDb(world.database.db, before),
    queue: world.queue.producer,
    fal: falOfThread(world.wire, thread),
    policy: world.policy,
    log: logOf(world, thread),
    owner: `${host.name}:${host.life}`,
    now: () => world.agenda.now() + host.clockErrorMs,
    monotonicMs: () => world.agenda.now(),
    random: () => chance.next(),
    failpoint: (name) => pass(world, thread, name),
  };
}

async function pass(world: World, thread: Thread, name: FailpointName): Promise<void> {
  const chance = world.chance('failpoints');
  count(world.notes.failpoints, name);
  const dies = !world.calm && chance.happens(world.plan.dies);
  if (dies) {
    world.say(`${thread.host.name} dies at ${name}`);
    count(world.notes.faults, 'death at a failpoint');
    kill(world, thread.host);
    if (IN_TRANSACTION.has(name)) throw new Killed(name);
    return thread.stopForGood();
  }
  if (IN_TRANSACTION.has(name) || name === ON_THE_WAY) return;
  if (chance.happens(0.5)) await thread.sleep(holdMs(world));
}

/** Mostly a moment; now and then long enough for everybody else to give this one up. */
function holdMs(world: World): number {
  const chance = world.chance('failpoints');
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
