/**
 * Dispatch and patrol. In the product they run every quarter of a second and every second; here they run when there is
 * something that they could find, a little later each time, so that days of virtual time cost nothing.
 */
import { type Context, dispatch, patrol } from '@reelay/engine';
import type { BatchFact, JobFact, Snapshot } from '../store/snapshot.ts';
import type { Entry } from '../time/agenda.ts';
import type { World } from '../world.ts';
import { contextOf } from './context-of.ts';
import { anyWorker } from './hosts.ts';

type Timer = 'dispatch' | 'patrol';

const UNREAD_MS = 2_000;

/** The next turn of each timer, one at a time per world. */
const pending = new WeakMap<World, Map<Timer, Entry>>();

/** A slot may be free: the product's loop turns at once. */
export function wakeDispatch(world: World): void {
  if (world.state.jobs.every(({ status }) => status !== 'queued')) return;
  turnAt(world, 'dispatch', world.agenda.now() + world.chance('timers').between(1, 60));
}

/** Sets the timers to when the newest look at the database gives them something to do. */
export function setTimers(world: World, changed: boolean): void {
  const chance = world.chance('timers');
  const nowMs = world.agenda.now();
  const patrolAt = patrolDueMs(world, nowMs);
  if (patrolAt !== null) turnAt(world, 'patrol', Math.max(patrolAt, nowMs) + chance.between(50, 3_000));
  const dispatchAt = dispatchDueMs(world, nowMs, changed);
  if (dispatchAt !== null) turnAt(world, 'dispatch', Math.max(dispatchAt, nowMs) + chance.between(20, 250));
}

function turnAt(world: World, timer: Timer, atMs: number): void {
  const timers = pending.get(world) ?? new Map<Timer, Entry>();
  pending.set(world, timers);
  const planned = timers.get(timer);
  if (planned && planned.atMs <= Math.ceil(atMs)) return;
  if (planned) world.agenda.drop(planned);
  timers.set(
    timer,
    world.agenda.at(atMs, timer, async () => {
      timers.delete(timer);
      await turn(world, timer);
    }),
  );
}

export async function turn(world: World, timer: Timer): Promise<void> {
  const host = anyWorker(world);
  if (!host) return turnAt(world, timer, world.agenda.now() + 1_000);
  const { life } = host;
  let ended = false;
  await world.threads.spawn(host, `${timer} of ${host.name}`, async (thread) => {
    await TURNS[timer](world, contextOf(world, thread));
    ended = true;
  });
  // The loops of those that live turn again whatever became of this one.
  const look = () => {
    if (ended) return;
    if (!host.alive || host.life !== life) turnAt(world, timer, world.agenda.now());
    else world.agenda.in(5_000, `is ${timer} alive`, look);
  };
  look();
}

const TURNS: Readonly<Record<Timer, (world: World, context: Context) => Promise<void>>> = {
  patrol: async (world, context) => {
    const { due } = await patrol(context);
    if (due > 0) world.say(`patrol of ${context.owner} drives ${due}`);
  },
  dispatch: async (world, context) => {
    const { reserved } = await dispatch(context);
    if (reserved > 0) world.say(`dispatch of ${context.owner} reserves ${reserved}`);
  },
};

function patrolDueMs({ state, policy }: World, nowMs: number): number | null {
  const open = new Set(
    state.jobs.filter(({ status }) => status === 'queued' || status === 'active').map(({ batchId }) => batchId),
  );
  const queued = new Set(state.jobs.filter(({ status }) => status === 'queued').map(({ batchId }) => batchId));
  const work = state.batches.some(
    ({ id, state: name }) =>
      (['in_progress', 'finalizing', 'cancelling'].includes(name) && !open.has(id)) ||
      (name === 'cancelling' && queued.has(id)),
  );
  return earliest([
    ...state.attempts.flatMap(({ nextCheckAtMs }) => nextCheckAtMs ?? []),
    ...state.orphans.flatMap((orphan) => (orphan.state === 'open' ? [orphan.nextCheckAtMs] : [])),
    ...state.unread.map(({ receivedAtMs }) => receivedAtMs + UNREAD_MS + 1),
    ...state.uploads.flatMap((upload) =>
      upload.parsed || upload.completedAtMs === null ? [] : (upload.claimedUntilMs ?? nowMs),
    ),
    ...state.jobs.flatMap(({ status, reviewAtMs }) =>
      status === 'needs_review' && reviewAtMs !== null ? [reviewAtMs + policy.reviewDeadlineMs] : [],
    ),
    ...(work ? [nowMs] : []),
  ]);
}

/**
 * With nothing changed only time can give dispatch something to do. Where there seems to be nothing it still runs now and
 * then: it has to come to the same view.
 */
function dispatchDueMs(world: World, nowMs: number, changed: boolean): number | null {
  const { state } = world;
  const queued = state.jobs.filter(({ status }) => status === 'queued');
  if (queued.length === 0) return null;
  const useful = changed && (seemsUseful(state, queued, nowMs) || world.chance('timers').happens(0.1));
  const { embargoUntilMs } = state.account;
  const later = [
    ...queued.flatMap(({ notBeforeMs }) => notBeforeMs ?? []),
    ...(embargoUntilMs === null ? [] : [embargoUntilMs]),
    ...state.attempts.flatMap(({ slotUntilMs, state: name }) =>
      slotUntilMs !== null && name === 'unknown' ? [slotUntilMs + 1] : [],
    ),
  ].filter((atMs) => atMs > nowMs);
  return earliest([...later, ...(useful ? [nowMs] : [])]);
}

function seemsUseful(state: Snapshot, queued: readonly JobFact[], nowMs: number): boolean {
  const { stopped, embargoUntilMs, inFlightMax } = state.account;
  if (stopped || (embargoUntilMs ?? 0) > nowMs) return false;
  const open = new Set(state.batches.filter(isOpenLane).map(({ id }) => id));
  const ready = queued.filter(
    (job) => (job.notBeforeMs ?? 0) <= nowMs && (job.batchId === null || open.has(job.batchId)),
  );
  const holding = state.attempts.filter(({ state: name }) => ['reserved', 'sending', 'accepted'].includes(name));
  return ready.length > 0 && holding.length < inFlightMax;
}

function isOpenLane({ state, pauses }: BatchFact): boolean {
  return state === 'in_progress' && pauses.every((reason) => reason === 'budget');
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times);
}
