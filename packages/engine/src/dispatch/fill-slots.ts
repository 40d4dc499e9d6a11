/**
 * Takes jobs for the free slots, lane by lane as the share rule says and only as far as the money goes. A lane that runs
 * out of money leaves its slots to the others, so the plan is made again until slots, jobs or money end.
 */
import { BALANCE_SCOPE, balanceLimit, fitBudgets, type planShare, type Shortage, scopesOf } from '@reelay/core';
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

/** So many are ended by one dispatch; the lanes that have more of them go on with the next one. */
const TOO_DEAR_MAX = 500;

export interface Room {
  readonly free: number;
  /** What the provider account's balance leaves; null: nobody knows, and nothing is held against it. */
  readonly balanceLeft: bigint | null;
  readonly share: typeof planShare;
}

export async function fillSlots(
  tx: Tx,
  lanes: readonly LaneRow[],
  held: readonly LaneSlots[],
  { free, balanceLeft, share }: Room,
): Promise<Filled> {
  const inFlight = countInFlight(held);
  const taken = new Map<string, number>();
  const closed = new Set<string>();
  const blocked = new Map<string, Shortage>();
  const jobs: JobHead[] = [];
  const seen: string[] = [];
  const tooDear: JobHead[] = [];
  const reserved = new Map<string, bigint>();
  while (jobs.length < free) {
    const open = lanes
      .filter((lane) => !closed.has(lane.id))
      .map((lane) => laneOf(lane, inFlight, { taken, tooDear, jobs }));
    const plan = share(open, free - jobs.length);
    if (plan.size === 0) break;
    const heads = await takeHeads(tx, plan, seen);
    seen.push(...heads.map(({ id }) => id));
    tooDear.push(...heads.filter(isTooDear).slice(0, TOO_DEAR_MAX - tooDear.length));
    if (tooDear.length === TOO_DEAR_MAX) for (const { lane_id } of tooDear) closed.add(lane_id);
    const payable = heads.filter((head) => !isTooDear(head));
    const fit = await fitHeads(tx, payable, { jobs, reserved, balanceLeft });
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

/** By lane and by party; a lane that is its own party is found under the one id. */
function countInFlight(held: readonly LaneSlots[]): Map<string, number> {
  const inFlight = new Map(held.map((lane) => [lane.lane_id, lane.held + lane.unknown]));
  const parties = new Map<string, number>();
  for (const { party_id: id, held: sent, unknown } of held) parties.set(id, (parties.get(id) ?? 0) + sent + unknown);
  for (const [id, count] of parties) inFlight.set(partyKey(id), count);
  return inFlight;
}

/** A project's id is that of its lane without a key as well. */
const partyKey = (id: string) => `party ${id}`;

/** A limit of the job alone: no other has to wait for it, and no money that comes back or window that begins lifts it. */
function isTooDear({ max_cost_nano_usd: most, spent_nano_usd: spent, estimated_nano_usd: next }: JobHead): boolean {
  return most !== null && (spent ?? 0n) + next > most;
}

interface Gone {
  readonly jobs: readonly JobHead[];
  readonly taken: ReadonlyMap<string, number>;
  readonly tooDear: readonly JobHead[];
}

function laneOf(lane: LaneRow, inFlight: ReadonlyMap<string, number>, { taken, tooDear, jobs }: Gone) {
  const already = taken.get(lane.id) ?? 0;
  const ofParty = jobs.filter((job) => partyOf(job) === lane.party_id).length;
  const refused = tooDear.filter(({ lane_id }) => lane_id === lane.id).length;
  return {
    id: lane.id,
    weight: lane.weight,
    backlog: lane.backlog - already - refused,
    inFlight: (inFlight.get(lane.id) ?? 0) + already,
    servedAt: lane.served_at.getTime(),
    party: {
      id: lane.party_id,
      inFlight: (inFlight.get(partyKey(lane.party_id)) ?? 0) + ofParty,
      servedAt: lane.party_served_at.getTime(),
    },
  };
}

function partyOf({ batch_id: batchId, project_id: projectId, lane_id: laneId }: JobHead): string {
  return batchId === null ? projectId : laneId;
}

interface Spent {
  readonly jobs: readonly JobHead[];
  readonly reserved: ReadonlyMap<string, bigint>;
  readonly balanceLeft: bigint | null;
}

async function fitHeads(tx: Tx, heads: readonly JobHead[], { jobs, reserved, balanceLeft }: Spent) {
  const candidates = heads.map((head) => ({
    jobId: head.id,
    laneId: head.lane_id,
    worstCaseNanoUsd: head.estimated_nano_usd,
    // The balance last: a limit that somebody has set is named before it.
    scopes: [...scopesOf(head), BALANCE_SCOPE],
  }));
  const budgets = await readBudgets(tx, [...new Set(heads.flatMap(scopesOf))]);
  const planned = budgets.map((budget) => ({
    ...budget,
    reservedNanoUsd: budget.reservedNanoUsd + (reserved.get(budget.scope) ?? 0n),
  }));
  if (balanceLeft === null) return fitBudgets(candidates, planned);
  const taken = jobs.reduce((sum, { estimated_nano_usd }) => sum + estimated_nano_usd, 0n);
  return fitBudgets(candidates, [...planned, balanceLimit(balanceLeft, taken)]);
}

/** A lane that gave fewer jobs than planned (others hold their rows) is done for this run. */
function closeShortLanes(plan: ReadonlyMap<string, number>, heads: readonly JobHead[], closed: Set<string>): void {
  for (const [id, count] of plan) {
    if (heads.filter((head) => head.lane_id === id).length < count) closed.add(id);
  }
}
