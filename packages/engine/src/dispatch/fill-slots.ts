/**
 * Takes jobs for the free slots, lane by lane as the share rule says and only as far as the money goes. A lane that runs
 * out of money leaves its slots to the others, so the plan is made again until slots, jobs or money end.
 */
import { fitBudgets, type planShare, type Shortage, scopesOf } from '@reelay/core';
import { type JobHead, type LaneRow, type LaneSlots, readBudgets, type Tx, takeHeads } from '@reelay/db';

export interface Filled {
  readonly jobs: readonly JobHead[];
  /** Scope → what the jobs reserve in it. */
  readonly reserved: ReadonlyMap<string, bigint>;
  readonly served: ReadonlySet<string>;
  /** By lane: what its next job does not fit. */
  readonly blocked: ReadonlyMap<string, Shortage>;
  /** Jobs that another attempt could take over their own max_cost. */
  readonly tooDear: readonly JobHead[];
}

export async function fillSlots(
  tx: Tx,
  lanes: readonly LaneRow[],
  held: readonly LaneSlots[],
  free: number,
  share: typeof planShare,
): Promise<Filled> {
  const inFlight = new Map(held.map((lane) => [lane.lane_id, lane.held + lane.unknown]));
  const taken = new Map<string, number>();
  const closed = new Set<string>();
  const blocked = new Map<string, Shortage>();
  const jobs: JobHead[] = [];
  const seen: string[] = [];
  const tooDear: JobHead[] = [];
  const reserved = new Map<string, bigint>();
  while (jobs.length < free) {
    const open = lanes.filter((lane) => !closed.has(lane.id)).map((lane) => laneOf(lane, inFlight, { taken, tooDear }));
    const plan = share(open, free - jobs.length);
    if (plan.size === 0) break;
    const heads = await takeHeads(tx, plan, seen);
    seen.push(...heads.map(({ id }) => id));
    tooDear.push(...heads.filter(isTooDear));
    const fit = await fitHeads(
      tx,
      heads.filter((head) => !isTooDear(head)),
      reserved,
    );
    for (const [id, shortage] of fit.blocked) {
      blocked.set(id, shortage);
      closed.add(id);
    }
    const fitting = new Set(fit.taken.map(({ jobId }) => jobId));
    for (const head of heads.filter(({ id }) => fitting.has(id))) {
      jobs.push(head);
      taken.set(head.lane_id, (taken.get(head.lane_id) ?? 0) + 1);
      for (const scope of scopesOf(head)) reserved.set(scope, (reserved.get(scope) ?? 0n) + head.estimated_nano_usd);
    }
    closeShortLanes(plan, heads, closed);
  }
  return { jobs, reserved, served: new Set(jobs.map(({ lane_id }) => lane_id)), blocked, tooDear };
}

/** A limit of the job alone: no other has to wait for it, and no money that comes back or window that begins lifts it. */
function isTooDear({ max_cost_nano_usd: most, spent_nano_usd: spent, estimated_nano_usd: next }: JobHead): boolean {
  return most !== null && (spent ?? 0n) + next > most;
}

interface Gone {
  readonly taken: ReadonlyMap<string, number>;
  readonly tooDear: readonly JobHead[];
}

function laneOf(lane: LaneRow, inFlight: ReadonlyMap<string, number>, { taken, tooDear }: Gone) {
  const already = taken.get(lane.id) ?? 0;
  const refused = tooDear.filter(({ lane_id }) => lane_id === lane.id).length;
  return {
    id: lane.id,
    weight: lane.weight,
    backlog: lane.backlog - already - refused,
    inFlight: (inFlight.get(lane.id) ?? 0) + already,
    servedAt: lane.served_at.getTime(),
  };
}

async function fitHeads(tx: Tx, heads: readonly JobHead[], reserved: ReadonlyMap<string, bigint>) {
  const candidates = heads.map((head) => ({
    jobId: head.id,
    laneId: head.lane_id,
    worstCaseNanoUsd: head.estimated_nano_usd,
    scopes: scopesOf(head),
  }));
  const budgets = await readBudgets(tx, [...new Set(candidates.flatMap(({ scopes }) => scopes))]);
  const planned = budgets.map((budget) => ({
    ...budget,
    reservedNanoUsd: budget.reservedNanoUsd + (reserved.get(budget.scope) ?? 0n),
  }));
  return fitBudgets(candidates, planned);
}

/** A lane that gave fewer jobs than planned (others hold their rows) is done for this run. */
function closeShortLanes(plan: ReadonlyMap<string, number>, heads: readonly JobHead[], closed: Set<string>): void {
  for (const [id, count] of plan) {
    if (heads.filter((head) => head.lane_id === id).length < count) closed.add(id);
  }
}
