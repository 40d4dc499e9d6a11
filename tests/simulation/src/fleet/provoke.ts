/** While a transaction stays open, others do what could run into it: dispatch, patrol, the next task, a customer. */
import { type Action, act } from '../customer/act.ts';
import type { World } from '../world.ts';
import { turn } from './timers.ts';

export function provoke(world: World, heldMs: number, feared: Action | null): void {
  const chance = world.chance('provoke');
  const soon = (run: () => Promise<void>) => world.agenda.in(chance.between(1, heldMs), 'provocation', run);
  if (chance.happens(0.5)) soon(() => turn(world, 'dispatch'));
  if (chance.happens(0.4)) world.queue.hurry(chance.between(1, heldMs));
  if (chance.happens(0.2)) soon(() => turn(world, 'patrol'));
  if (feared !== null && chance.happens(0.5)) soon(() => act(world, feared));
  if (!world.calm && chance.happens(0.1))
    soon(() => act(world, chance.pick(['cancel_batch', 'cancel_job', 'pause'] as const)));
}
