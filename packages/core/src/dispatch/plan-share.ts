/**
 * Fair dispatch: which lane gets the next free slot. A lane is a batch, or the single jobs of a project and key. Each slot
 * goes to the party that holds the fewest per weight, so parties converge on their weighted share whatever their backlog; ties
 * go to the one served longest ago. A batch is a party by itself; the keys of a project are one together, and share its slots
 * by the same rule, so that more keys are no more slots. Pure and total: `explain` asks the same rule.
 */
/** Lanes that have one weight together. */
export interface Party {
  readonly id: string;
  /** Held by all its lanes, those without a backlog as well. */
  readonly inFlight: number;
  readonly servedAt: number;
}

export interface Lane {
  readonly id: string;
  readonly weight: number;
  /** Jobs ready to go, counted no further than the free slots. */
  readonly backlog: number;
  readonly inFlight: number;
  /** Smaller was served earlier. */
  readonly servedAt: number;
  /** Absent: the lane stands for itself. */
  readonly party?: Party;
}

/** How many jobs to take from which lane; lanes that get nothing are absent. The sum is at most `freeSlots`. */
export function planShare(lanes: readonly Lane[], freeSlots: number): Map<string, number> {
  const parties = new Map<string, PartyShare>();
  const open = lanes
    .filter((lane) => lane.backlog > 0 && lane.weight > 0)
    .map((lane) => ({ lane, taken: 0, share: shareOf(parties, lane) }));
  for (let slot = 0; slot < freeSlots; slot++) {
    const next = neediest(open);
    if (!next) break;
    next.taken += 1;
    next.share.taken += 1;
  }
  return new Map(open.filter(({ taken }) => taken > 0).map(({ lane, taken }) => [lane.id, taken]));
}

interface PartyShare {
  readonly party: Party;
  taken: number;
}

function shareOf(parties: Map<string, PartyShare>, lane: Lane): PartyShare {
  const party = lane.party ?? lane;
  const share = parties.get(party.id) ?? { party, taken: 0 };
  parties.set(party.id, share);
  return share;
}

interface Candidate {
  readonly lane: Lane;
  readonly share: PartyShare;
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
  // One party's lanes have one weight, so it decides nothing between them.
  const [one, other] = a.share === b.share ? [heldBy(a.lane, a), heldBy(b.lane, b)] : [heldByParty(a), heldByParty(b)];
  const [shareA, shareB] = [one.held / a.lane.weight, other.held / b.lane.weight];
  if (shareA !== shareB) return shareA < shareB;
  if (one.taken !== other.taken) return one.taken < other.taken;
  return one.servedAt < other.servedAt;
}

function heldByParty({ share }: Candidate) {
  return heldBy(share.party, share);
}

function heldBy({ inFlight, servedAt }: Pick<Party, 'inFlight' | 'servedAt'>, { taken }: { readonly taken: number }) {
  return { held: inFlight + taken, taken, servedAt };
}
