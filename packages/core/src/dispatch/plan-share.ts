/**
 * Fair dispatch: which lane gets the next free slot. A lane is a batch, or a project's single jobs. Each slot goes to the
 * lane that holds the fewest per weight, so lanes converge on their weighted share whatever their backlog; ties go to the
 * lane served longest ago. Pure and total: `explain` asks the same rule.
 */
export interface Lane {
  readonly id: string;
  readonly weight: number;
  /** Jobs ready to go, counted no further than the free slots. */
  readonly backlog: number;
  readonly inFlight: number;
  /** Smaller was served earlier. */
  readonly servedAt: number;
}

/** How many jobs to take from which lane; lanes that get nothing are absent. The sum is at most `freeSlots`. */
export function planShare(lanes: readonly Lane[], freeSlots: number): Map<string, number> {
  const open = lanes.filter((lane) => lane.backlog > 0 && lane.weight > 0).map((lane) => ({ lane, taken: 0 }));
  for (let slot = 0; slot < freeSlots; slot++) {
    const next = neediest(open);
    if (!next) break;
    next.taken += 1;
  }
  return new Map(open.filter(({ taken }) => taken > 0).map(({ lane, taken }) => [lane.id, taken]));
}

interface Candidate {
  readonly lane: Lane;
  taken: number;
}

function neediest(open: readonly Candidate[]): Candidate | null {
  let best: Candidate | null = null;
  for (const candidate of open) {
    if (candidate.taken >= candidate.lane.backlog) continue;
    if (!best || comesBefore(candidate, best)) best = candidate;
  }
  return best;
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  const shareA = (a.lane.inFlight + a.taken) / a.lane.weight;
  const shareB = (b.lane.inFlight + b.taken) / b.lane.weight;
  if (shareA !== shareB) return shareA < shareB;
  if (a.taken !== b.taken) return a.taken < b.taken;
  return a.lane.servedAt < b.lane.servedAt;
}
