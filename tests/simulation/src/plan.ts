/** What a seed's world is like: how big, how bad, and for how long. */
import type { Chance } from './chance.ts';
import type { WirePlan } from './provider/fal-of-thread.ts';
import type { ProviderPlan } from './provider/provider.ts';

const HOUR_MS = 3_600_000;

export interface WorldPlan {
  readonly batches: readonly BatchPlan[];
  readonly singleJobs: number;
  readonly inFlight: number;
  readonly workers: number;
  readonly webhooks: boolean;
  /** The troubles last so long; then everything works, and what is open has to come to its end. */
  readonly stormMs: number;
  readonly provider: ProviderPlan;
  readonly wire: WirePlan;
  readonly queue: { readonly lost: number; readonly doubled: number; readonly refused: number };
  readonly callbacks: { readonly lost: number; readonly doubled: number; readonly late: number };
  /** Chance that a process dies at a failpoint that it passes. */
  readonly dies: number;
  /** Chance that a transaction stays open for a while before it commits. */
  readonly holds: number;
  readonly faults: readonly FaultKind[];
  readonly customerActions: number;
  /** When somebody looks at what waits for review, and decides about one of it. */
  readonly operatorHours: readonly number[];
  /** How long the onlooker stays: past the review deadline only now and then, because it is long. */
  readonly days: number;
}

export interface BatchPlan {
  readonly jobs: number;
  /** As many jobs as the cap pays for; null: no cap. */
  readonly capJobs: number | null;
  readonly maxAttempts: number;
  readonly onUnknown: 'review' | 'resubmit';
  readonly twins: boolean;
  /** Sent as a file, and imported by a worker. */
  readonly asFile: boolean;
}

export const FAULT_KINDS = [
  'crash',
  'freeze',
  'flush',
  'weather',
  'listing_down',
  'forge',
  'smear',
  'stop_all',
  'double_patrol',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export function planWorld(chance: Chance): WorldPlan {
  const plan = planUsual(chance);
  return chance.happens(0.08) ? darken(chance, plan) : plan;
}

function planUsual(chance: Chance): WorldPlan {
  const harsh = chance.pick([0, 0.7, 1, 2]);
  const jobs = chance.whole(5, 8);
  const batches = Array.from({ length: chance.whole(1, 2) }, () => planBatch(chance, jobs));
  return {
    batches,
    singleJobs: chance.whole(0, 2),
    inFlight: chance.whole(1, 4),
    workers: 2,
    webhooks: !chance.happens(0.2),
    stormMs: chance.between(4, 20) * 60_000,
    provider: planProvider(chance, harsh),
    wire: { lostOnTheWay: 0.03 * harsh, slow: 0.08 * harsh, readFails: 0.05 * harsh },
    queue: { lost: 0.05 * harsh, doubled: 0.08 * harsh, refused: 0.03 * harsh },
    callbacks: { lost: chance.pick([0.05, 0.3, 1]), doubled: 0.3, late: 0.2 },
    dies: 0.006 * harsh,
    holds: chance.pick([0, 0.03, 0.1]),
    faults: Array.from({ length: Math.round(chance.whole(1, 7) * harsh) }, () => chance.pick(FAULT_KINDS)),
    customerActions: chance.whole(0, 6),
    days: chance.happens(0.08) ? 9 : 1.3,
    operatorHours: [3, 12, 20],
  };
}

/** Hours in which answers are lost and fal's own pages lag far behind: people decide without knowing. */
function darken(chance: Chance, plan: WorldPlan): WorldPlan {
  const { runs, door } = plan.provider;
  return {
    ...plan,
    stormMs: chance.between(5, 8) * HOUR_MS,
    provider: {
      runs: { ...runs, unlisted: 0.2, listingLagsMs: [0, 1, 3, 5, 12].map((hours) => hours * HOUR_MS) },
      door: { ...door, accept: 12, accept_and_lose_answer: 10 },
    },
    callbacks: { ...plan.callbacks, lost: 0.9 },
    operatorHours: [1.2, 1.4, 2, 2.2, 3, 4, 5, 20],
  };
}

function planBatch(chance: Chance, jobs: number): BatchPlan {
  const own = Math.max(1, chance.whole(1, jobs) - 1);
  return {
    jobs: own,
    capJobs: chance.happens(0.35) ? chance.whole(1, own) : null,
    maxAttempts: chance.pick([1, 2, 3]),
    onUnknown: chance.happens(0.35) ? 'resubmit' : 'review',
    twins: chance.happens(0.15),
    asFile: chance.happens(0.3),
  };
}

function planProvider(chance: Chance, harsh: number): ProviderPlan {
  return {
    runs: {
      ends: { ok: 10, model_error: chance.pick([1, 4]), rejected: chance.pick([0.5, 2]), unreadable: 0.2 },
      stuck: 0.02 * harsh,
      startTimeout: chance.pick([0, 0.02, 0.1]) * harsh,
      unlisted: chance.pick([0.05, 0.5]),
      listingLagsMs: [0, 5_000, 60_000, 400_000],
    },
    door: {
      accept: 20,
      accept_and_lose_answer: 1.5 * harsh,
      accept_and_stumble: 1.5 * harsh,
      stumble: 1 * harsh,
      limit: 1.5 * harsh,
      refuse: 0.5 * harsh,
    },
  };
}
