/** Carries out one planned fault on the stage. Resolves when it is over: the process back, the store up, the link open. */
import type { Journal } from '../journal.ts';
import type { Links, OwnLinks } from '../links.ts';
import type { Store } from '../processes/store.ts';
import type { Supervised } from '../processes/supervised.ts';
import type { Link } from '../proxy/link.ts';
import { type LinkState, OPEN } from '../proxy/link-state.ts';
import { SETTINGS } from '../settings.ts';
import type { Stage } from '../stage.ts';
import { pause } from '../wait.ts';
import { flushQueue } from './flush-queue.ts';
import type { PlannedFault } from './plan-faults.ts';
import { STORM_MS, STORMS, USUAL_FAULTS } from './provider-faults.ts';

const BACK_TIMEOUT_MS = 60_000;
const BEYOND_SEND_MS = SETTINGS.submitTimeoutMs + SETTINGS.sendGraceMs;

export function strike(stage: Stage, journal: Journal, fault: PlannedFault): Promise<void> {
  const note = (target: string, work: () => Promise<string | undefined>) => journal.during(fault.kind, target, work);
  const worker = at(stage.workers, fault.target);
  const api = at(stage.apis, fault.target);
  const { postgres } = stage;
  switch (fault.kind) {
    case 'worker.kill':
      return note(worker.name, () => killAndWait([worker]));
    case 'workers.kill':
      return note('both', () => killAndWait(stage.workers));
    case 'api.kill':
      return note(api.name, () => killAndWait([api]));
    case 'worker.restart':
      return note(worker.name, () => restart(worker));
    case 'worker.stop':
      return note(worker.name, () => stopAndGoOn(worker, BEYOND_SEND_MS + 500 + fault.strength * 3_000));
    case 'fal.kill':
      return note('fal-sim', () => killProvider(stage));
    case 'postgres.kill':
      return note('postgres', () => silent(() => postgres.kill()));
    case 'postgres.restart':
      return note('postgres', () => silent(() => postgres.restartAtOnce()));
    case 'postgres.freeze':
      return note('postgres', () => freezeStore(postgres, 3_000 + fault.strength * 6_000));
    case 'redis.kill':
      return note('redis', () => silent(async () => stage.redis?.kill()));
    case 'redis.freeze':
      return note('redis', () =>
        silent(async () => stage.redis && freezeStore(stage.redis, 3_000 + fault.strength * 6_000)),
      );
    case 'queue.flush':
      return note('queue', () => flushQueue(stage));
    case 'fal.faults':
      return note('fal-sim', () => storm(stage, fault));
    default:
      return strikeLink(stage.links, fault, note);
  }
}

function at<T>(items: readonly T[], share: number): T {
  const item = items[Math.floor(share * items.length)];
  if (item === undefined) throw new RangeError('there is nothing to strike');
  return item;
}

async function silent(work: () => Promise<unknown>): Promise<undefined> {
  await work();
}

async function killAndWait(victims: readonly Supervised[]): Promise<string | undefined> {
  // What is still on its way up from the last fault is to come up first: a kill is to hit something that works.
  await Promise.all(victims.map((victim) => victim.whenUp(BACK_TIMEOUT_MS)));
  const killed = await Promise.all(victims.map((victim) => victim.kill()));
  const back = await Promise.all(victims.map((victim) => victim.whenUp(BACK_TIMEOUT_MS)));
  if (!killed.every(Boolean)) return 'was gone already';
  return back.every(Boolean) ? undefined : 'did not come back';
}

async function restart(worker: Supervised): Promise<string | undefined> {
  await worker.whenUp(BACK_TIMEOUT_MS);
  const ended = await worker.terminate();
  await worker.whenUp(BACK_TIMEOUT_MS);
  return ended ? `ended with ${ended.code} after ${Math.round(ended.tookMs)} ms` : 'was gone already';
}

async function stopAndGoOn(worker: Supervised, ms: number): Promise<string | undefined> {
  await worker.whenUp(BACK_TIMEOUT_MS);
  worker.signal('SIGSTOP');
  await pause(ms);
  worker.signal('SIGCONT');
  return `for ${Math.round(ms)} ms`;
}

/** A provider that is gone refuses connections, and so do the proxies in front of it while it is away. */
async function killProvider({ sim, links }: Stage): Promise<string | undefined> {
  const ways = falLinks(links);
  await Promise.all(ways.map((link) => link.set({ kind: 'cut' })));
  await sim.process.kill();
  const back = await sim.process.whenUp(BACK_TIMEOUT_MS);
  await Promise.all(ways.map((link) => link.set(OPEN)));
  return back ? undefined : 'did not come back';
}

function falLinks(links: Links): Link[] {
  return [...links.workers, ...links.apis].map(({ fal }) => fal);
}

async function freezeStore(store: Store, ms: number): Promise<string | undefined> {
  await store.freeze(ms);
  return `for ${Math.round(ms)} ms`;
}

async function storm({ sim }: Stage, { target }: PlannedFault): Promise<string | undefined> {
  const [name, table] = at(Object.entries(STORMS), target);
  await sim.setFaults({ ...USUAL_FAULTS, ...table });
  await pause(STORM_MS);
  await sim.setFaults(USUAL_FAULTS);
  return name;
}

type Note = (target: string, work: () => Promise<string | undefined>) => Promise<void>;

/** One link, or the same link of every process: what is between a store and everybody looks like a fault of the store. */
function strikeLink(links: Links, fault: PlannedFault, note: Note): Promise<void> {
  const groups = linkGroups(links);
  const { name, members } = at(groups, fault.target);
  const { state, ms, text } = linkFault(fault);
  return note(name, async () => {
    await Promise.all(members.map((link) => link.set(state)));
    await pause(ms);
    await Promise.all(members.map((link) => link.set(OPEN)));
    return `${text} for ${Math.round(ms)} ms`;
  });
}

function linkGroups({ workers, apis, webhooks, customers }: Links): { name: string; members: Link[] }[] {
  const of = (owners: readonly OwnLinks[], pick: (own: OwnLinks) => Link | null) =>
    owners.flatMap((own) => pick(own) ?? []);
  const singles = [
    ...of(workers, ({ postgres }) => postgres),
    ...of(workers, ({ redis }) => redis),
    ...of(workers, ({ fal }) => fal),
    ...of(apis, ({ postgres }) => postgres),
    ...of(apis, ({ redis }) => redis),
    webhooks,
    customers,
  ];
  return [
    ...singles.map((link) => ({ name: link.name, members: [link] })),
    { name: 'workers → fal', members: of(workers, ({ fal }) => fal) },
    { name: 'workers → postgres', members: of(workers, ({ postgres }) => postgres) },
  ];
}

function linkFault({ kind, strength, way }: PlannedFault): { state: LinkState; ms: number; text: string } {
  const ms = 1_500 + strength * 6_000;
  switch (kind) {
    case 'link.cut':
      return { state: { kind: 'cut' }, ms: 500 + strength * 3_000, text: 'cut' };
    case 'link.freeze':
      return { state: { kind: 'frozen' }, ms, text: 'frozen' };
    case 'link.one_way': {
      const blocked = way < 0.5 ? 'up' : 'down';
      return { state: { kind: 'one_way', blocked }, ms, text: `nothing passes ${blocked}` };
    }
    case 'link.late': {
      const late = Math.round(50 + way * 400);
      return { state: { kind: 'late', ms: late }, ms, text: `${late} ms late` };
    }
    default:
      return { state: { kind: 'trickle', bytesPerSecond: 4_000 }, ms, text: '4 kB a second' };
  }
}
