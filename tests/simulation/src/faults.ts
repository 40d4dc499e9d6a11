/** The troubles of a storm, each at a time of its own. */

import { startAll, stopAll } from '@reelay/engine';
import { contextOf } from './fleet/context-of.ts';
import { anyWorker, freeze, kill } from './fleet/hosts.ts';
import { turn } from './fleet/timers.ts';
import type { FaultKind } from './plan.ts';
import { forge, smear } from './provider/callbacks.ts';
import type { Weather } from './provider/provider.ts';
import { count, type World } from './world.ts';

export function planFaults(world: World): void {
  const chance = world.chance('faults');
  for (const kind of world.plan.faults) {
    // Most of a seed's life is in its first minutes.
    world.agenda.in(chance.next() ** 4 * world.plan.stormMs, `fault ${kind}`, async () => {
      count(world.notes.faults, kind);
      world.say(`fault: ${kind}`);
      await FAULTS[kind](world);
    });
  }
}

const FAULTS: Readonly<Record<FaultKind, (world: World) => void | Promise<void>>> = {
  crash: (world) => {
    const host = world.chance('faults').pick([...world.workers, world.api]);
    world.say(`${host.name} is killed`);
    kill(world, host);
  },
  freeze: (world) => {
    const host = anyWorker(world);
    if (host) freeze(world, host, world.chance('faults').between(20_000, 240_000));
  },
  flush: (world) => world.queue.flush(),
  weather: (world) => {
    const chance = world.chance('faults');
    change(world, chance.pick(['locked', 'down', 'unreachable', 'limiting'] as const), chance.between(2_000, 400_000));
  },
  listing_down: (world) => {
    world.provider.listingWorks = false;
    world.agenda.in(world.chance('faults').between(60_000, 3_000_000), 'listing works', () => {
      world.provider.listingWorks = true;
    });
  },
  forge,
  smear: async (world) => {
    change(world, 'down', world.chance('faults').between(10_000, 60_000));
    await smear(world);
  },
  stop_all: async (world) => {
    await byHand(world, 'stop-all', stopAll);
    world.agenda.in(world.chance('faults').between(1_000, 200_000), 'start-all', () =>
      byHand(world, 'start-all', startAll),
    );
  },
  double_patrol: async (world) => {
    await turn(world, 'patrol');
    await turn(world, 'dispatch');
  },
};

function change(world: World, weather: Weather, forMs: number): void {
  world.say(`fal is ${weather}`);
  world.provider.weather = weather;
  world.agenda.in(forMs, 'fal is fine', () => {
    world.provider.weather = 'fine';
    world.say('fal is fine');
  });
}

export function byHand(
  world: World,
  name: string,
  verb: (context: ReturnType<typeof contextOf>) => Promise<void>,
): Promise<void> {
  return world.threads.spawn(world.api, name, (thread) => verb(contextOf(world, thread)));
}

/** Everything works from now on, and what people had stopped goes on. */
export async function calm(world: World): Promise<void> {
  world.say('--- the storm is over ---');
  world.calm = true;
  world.provider.calm = true;
  world.provider.weather = 'fine';
  world.provider.listingWorks = true;
  await byHand(world, 'start-all', startAll);
}
