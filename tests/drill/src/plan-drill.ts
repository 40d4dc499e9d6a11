/** All that a seed decides, before anything begins. */
import { type PlannedFailpoint, planFailpoints } from './faults/plan-failpoints.ts';
import { type PlannedFault, planFaults } from './faults/plan-faults.ts';
import { planLoad, type Sending } from './load/plan-load.ts';
import { type PlannedStep, planSteps } from './load/steer.ts';
import type { DrillOptions } from './parse-options.ts';
import { seededRandom } from './seeded-random.ts';

export interface Plan {
  readonly durationMs: number;
  readonly jobs: number;
  readonly faults: readonly PlannedFault[];
  readonly failpoints: readonly PlannedFailpoint[];
  readonly sendings: readonly Sending[];
  readonly steps: readonly PlannedStep[];
}

/** The last sendings and steps leave faults some time to meet them. */
const SENT_BY = 0.9;

export function planDrill({ seed, minutes, jobs, backend }: DrillOptions): Plan {
  const durationMs = minutes * 60_000;
  const sendMs = durationMs * SENT_BY;
  return {
    durationMs,
    jobs,
    faults: planFaults(seededRandom(seed, 'faults'), { durationMs, backend }),
    failpoints: planFailpoints(seededRandom(seed, 'failpoints'), durationMs),
    sendings: planLoad(seededRandom(seed, 'load'), { jobs, durationMs: sendMs }),
    steps: planSteps(seededRandom(seed, 'steps'), sendMs),
  };
}
