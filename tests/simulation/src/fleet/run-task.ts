/** The queue door of a simulated worker: what each task runs, and what it does with the answer. */
import { type Context, importRows, settleAttempt, submitAttempt } from '@reelay/engine';
import type { TaskName } from '@reelay/queue';
import type { World } from '../world.ts';
import { contextOf } from './context-of.ts';
import { anyWorker } from './hosts.ts';
import { wakeDispatch } from './timers.ts';

/** A task whose worker died while it ran comes again after BullMQ's stall check. */
const STALLED_MS = 10_000;

export async function runTask(world: World, task: TaskName, id: string): Promise<void> {
  const host = anyWorker(world);
  if (!host) return world.queue.deliver(task, id, 1_000);
  const { life } = host;
  let ended = false;
  await world.threads.spawn(host, `${task} ${world.labels.of(id)} on ${host.name}`, async (thread) => {
    await run(world, contextOf(world, thread), task, id);
    ended = true;
  });
  if (ended) return;
  world.agenda.in(STALLED_MS * 3, `stall check of ${task}`, () => {
    const orphaned = !ended && host.life !== life;
    if (orphaned && world.chance('queue').happens(0.7)) world.queue.deliver(task, id, 0);
  });
}

async function run(world: World, context: Context, task: TaskName, id: string): Promise<void> {
  if (task === 'import') {
    await importRows(context, id);
    return wakeDispatch(world);
  }
  if (task === 'settle') {
    const report = await settleAttempt(context, id);
    world.say(`settle ${world.labels.of(id)}: ${report.kind}`);
    if (report.kind === 'settled') wakeDispatch(world);
    return;
  }
  const report = await submitAttempt(context, id);
  world.say(`submit ${world.labels.of(id)}: ${report.kind}`);
  if (report.kind === 'accepted') world.notes.answered.add(id);
  if (report.kind === 'held') world.queue.deliver(task, id, report.untilMs);
  if (report.kind === 'refused' || report.kind === 'released') wakeDispatch(world);
}
