/**
 * Failpoints that chance has passed over by the end of a drill get a load of their own, and hold up whoever passes them.
 * They stay armed: what only happens when everything ends is met then.
 */
import { file, type Sending, single, strictFile } from '../load/plan-load.ts';
import type { Load } from '../load/send-load.ts';
import type { Random } from '../seeded-random.ts';
import type { Stage } from '../stage.ts';
import { until } from '../wait.ts';
import type { Failpoints } from './arm-failpoints.ts';

const ROUNDS_MAX = 3;
const ROUND_MS = 5_000;
const HOLD: { readonly kind: 'hold'; readonly ms: number } = { kind: 'hold', ms: 300 };

/** Nobody looks for evidence when every answer arrives. */
const LOST_ANSWERS = { 'submit.reset_after_accept': 0.3, 'webhook.late': { p: 1, ms: 600_000 } };

export async function hitTheRest(given: {
  readonly stage: Pick<Stage, 'sim'>;
  readonly failpoints: Failpoints;
  readonly load: Load;
  readonly random: Random;
}): Promise<void> {
  const { failpoints, load, random } = given;
  const { sim } = given.stage;
  for (let round = 1; round <= ROUNDS_MAX && failpoints.neverHit().length > 0; round++) {
    for (const name of failpoints.neverHit()) failpoints.arm({ name, action: HOLD });
    if (failpoints.neverHit().includes('evidence.looked')) await sim.setFaults(LOST_ANSWERS);
    await load.sendMore(someOfEach(random, round));
    await until(() => failpoints.neverHit().length === 0, { timeoutMs: ROUND_MS });
    await sim.setFaults({});
  }
}

function someOfEach(random: Random, round: number): Sending[] {
  const key = (what: string) => `rest-${round}-${what}`;
  return [
    ...[1, 2, 3, 4].map((n) => single(random, key(`job-${n}`), 0, 'own')),
    file(random, key('file'), 0, 5),
    strictFile(random, key('strict'), 0),
  ];
}
