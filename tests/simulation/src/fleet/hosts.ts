/** Processes: they die, start again, and stand still. */
import type { Host } from '../time/threads.ts';
import type { World } from '../world.ts';

export function makeHost(name: string, clockErrorMs: number): Host {
  return { name, life: 1, alive: true, frozenUntilMs: 0, clockErrorMs };
}

/** Its threads stop where they are; after a while a new process takes its place. */
export function kill(world: World, host: Host): void {
  if (!host.alive) return;
  host.alive = false;
  const downMs = world.chance('hosts').between(500, 60_000);
  world.agenda.in(downMs, `${host.name} starts`, () => {
    host.life += 1;
    host.alive = true;
    host.frozenUntilMs = 0;
    world.say(`${host.name} is back`);
  });
}

/** Stopped, as by SIGSTOP: it does nothing, and time goes on. */
export function freeze(world: World, host: Host, durationMs: number): void {
  if (!host.alive) return;
  host.frozenUntilMs = Math.max(host.frozenUntilMs, world.agenda.now() + durationMs);
}

/** A worker that can take work now; null when all are dead or stand still. */
export function anyWorker(world: World): Host | null {
  const able = world.workers.filter((host) => host.alive && host.frozenUntilMs <= world.agenda.now());
  return able.length === 0 ? null : world.chance('hosts').pick(able);
}
