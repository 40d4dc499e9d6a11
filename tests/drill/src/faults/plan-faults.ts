/** The schedule of faults: the same seed gives the same kinds at the same times, with every kind at least once. */
import type { BackendKind } from '../parse-options.ts';
import type { Random } from '../seeded-random.ts';
import { mayKillApi } from './api-deaths.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import { MEASURED_KINDS } from './measured-kinds.ts';

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly atMs: number;
  /** Which of its possible targets, as a share of them. */
  readonly target: number;
  /** How hard or how long, as a share of what the kind allows. */
  readonly strength: number;
  /** Which of two ways. */
  readonly way: number;
}

const EVERY_MS = 4_500;
/** How much longer than others the first of a kind has to itself whose recovery is measured. */
const QUIET_SHARE = 2;
const FIRST_AT_MS = 2_000;
/** At this length faults last as long as they may; a shorter drill has as many kinds and less time for each. */
const FULL_STRENGTH_MS = 180_000;
const WEAKEST = 0.3;
/** The last part of a drill is without new faults, so that those that last are over when it ends. */
const QUIET_AT_END_MS = 6_000;

export function planFaults(
  random: Random,
  { durationMs, backend }: { readonly durationMs: number; readonly backend: BackendKind },
): PlannedFault[] {
  const kinds = faultKinds(backend);
  const spanMs = Math.max(0, durationMs - FIRST_AT_MS - QUIET_AT_END_MS);
  const count = Math.max(kinds.length, Math.round(spanMs / EVERY_MS));
  const drawn = [...random.shuffle(kinds)];
  while (drawn.length < count) drawn.push(...random.shuffle(kinds).slice(0, count - drawn.length));
  const shares = quietShares(drawn);
  const gapMs = spanMs / shares.reduce((sum, share) => sum + share, 0);
  const startOf = (i: number) => gapMs * shares.slice(0, i).reduce((sum, share) => sum + share, 0);
  const strongest = Math.min(1, Math.max(WEAKEST, durationMs / FULL_STRENGTH_MS));
  const planned = drawn.map((kind, i) => ({
    kind,
    atMs: Math.round(FIRST_AT_MS + startOf(i) + random.next() * 0.8 * gapMs),
    target: random.next(),
    strength: random.next() * strongest,
    way: random.next(),
  }));
  return withApiDeathsInTime(planned, durationMs);
}

function quietShares(kinds: readonly FaultKind[]): number[] {
  return kinds.map((kind, i) => (MEASURED_KINDS.has(kind) && kinds.indexOf(kind) === i ? QUIET_SHARE : 1));
}

/** A late death of an API changes places with an early fault, but not with one that has a quiet time after it. */
function withApiDeathsInTime(planned: readonly PlannedFault[], durationMs: number): PlannedFault[] {
  const late = planned.filter(({ kind, atMs }) => kind === 'api.kill' && !mayKillApi(atMs, durationMs));
  const early = planned.filter(({ kind, atMs }) => isMovable(kind) && mayKillApi(atMs, durationMs));
  const kindOf = new Map<PlannedFault, FaultKind>();
  late.forEach((fault, i) => {
    const other = early[i];
    if (!other) return;
    kindOf.set(fault, other.kind);
    kindOf.set(other, fault.kind);
  });
  return planned.map((fault) => ({ ...fault, kind: kindOf.get(fault) ?? fault.kind }));
}

function isMovable(kind: FaultKind): boolean {
  return kind !== 'api.kill' && !MEASURED_KINDS.has(kind);
}
