/** Whatever came to an end, or to a person, was told of in the event log: each end once. */
import { UNTOLD_CHANGES } from '@reelay/testkit';
import type { World } from '../world.ts';

export async function checkTold(world: World): Promise<void> {
  const { rows } = await world.database.control.query<{ offender: string }>(UNTOLD_CHANGES);
  if (rows.length === 0) return;
  const offenders = rows.map(({ offender }) => world.labels.in(offender));
  world.fail('every end is told of, once', offenders.join('; '));
}
