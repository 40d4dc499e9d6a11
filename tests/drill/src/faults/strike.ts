/** Carries out one planned fault on the stage. Resolves when it is over: the process back, the store up, the link open. */
import type { Journal } from '../journal.ts';
import type { Links } from '../links.ts';
import type { Store } from '../processes/store.ts';
import type { Supervised } from '../processes/supervised.ts';
import type { Link } from '../proxy/link.ts';
import { OPEN } from '../proxy/link-state.ts';
import { SETTINGS } from '../settings.ts';
import type { Stage } from '../stage.ts';
import { pause } from '../wait.ts';
import { flushQueue } from './flush-queue.ts';
import { pickAt } from './pick-at.ts';
import type { PlannedFault } from './plan-faults.ts';
import { STORM_MS, STORMS, USUAL_FAULTS } from './provider-faults.ts';
import { type Note, strikeLink } from './strike-link.ts';

const BACK_TIMEOUT_MS = 60_000;
const BEYOND_SEND_MS = SETTINGS.submitTimeoutMs + SETTINGS.sendGraceMs;

export function strike(stage: Stage, journal: Journal, fault: PlannedFault): Promise<void> {
  const note: Note = (target, work) => journal.during(fault.kind, target, work);
  const worker = pickAt(stage.workers, fault.target);
  const api = pickAt(stage.apis, fault.target);
  const { postgres } = stage;
  switch (fault.kind) {
    case 'worker.kill':
      return whenUp([worker], () => note(worker.name, () => killAndWait([worker])));
    case 'workers.kill':
      return whenUp(stage.workers, () => note('both', () => killAndWait(stage.workers)));
    case 'api.kill':
      return whenUp([api], () => note(api.name, () => killAndWait([api])));
    case 'worker.restart':
      return whenUp([worker], () => note(worker.name, () => restart(worker)));
    case 'worker.stop':
      return whenUp([worker], () =>
        note(worker.name, () => stopAndGoOn(worker, BEYOND_SEND_MS + 500 + fault.strength * 3_000)),
      );
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
    case 'fal.lock':
      return note('fal-sim', () => lockAccount(stage, 2_000 + fault.strength * 4_000));
    case 'fal.faults':
      return note('fal-sim', () => storm(stage, fault));
    default:
      return strikeLink(stage.links, fault, note);
  }
}

/** What is still on its way up from the last fault comes up first: the next one is to hit something that works. */
async function whenUp(victims: readonly Supervised[], work: () => Promise<void>): Promise<void> {
  await Promise.all(victims.map((victim) => victim.whenUp(BACK_TIMEOUT_MS)));
  await work();
}

async function silent(work: () => Promise<unknown>): Promise<undefined> {
  await work();
}

async function killAndWait(victims: readonly Supervised[]): Promise<string | undefined> {
  const killed = await Promise.all(victims.map((victim) => victim.kill()));
  const back = await Promise.all(victims.map((victim) => victim.whenUp(BACK_TIMEOUT_MS)));
  if (!killed.every(Boolean)) return 'was gone already';
  return back.every(Boolean) ? undefined : 'did not come back';
}

async function restart(worker: Supervised): Promise<string | undefined> {
  const ended = await worker.terminate();
  await worker.whenUp(BACK_TIMEOUT_MS);
  return ended ? `ended with ${ended.code} after ${Math.round(ended.tookMs)} ms` : 'was gone already';
}

async function stopAndGoOn(worker: Supervised, ms: number): Promise<string | undefined> {
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

async function lockAccount({ sim }: Stage, ms: number): Promise<string | undefined> {
  await sim.setLocked(true);
  await pause(ms);
  await sim.setLocked(false);
  return `for ${Math.round(ms)} ms`;
}

async function storm({ sim }: Stage, { target }: PlannedFault): Promise<string | undefined> {
  const [name, table] = pickAt(Object.entries(STORMS), target);
  await sim.setFaults({ ...USUAL_FAULTS, ...table });
  await pause(STORM_MS);
  await sim.setFaults(USUAL_FAULTS);
  return name;
}
