/** A snapshot with its rows by id, and the money of each attempt added up. */
import type { AttemptFact, BatchFact, JobFact, Snapshot } from '../store/snapshot.ts';

export interface Money {
  readonly reserve: bigint | null;
  readonly release: bigint | null;
  readonly charge: bigint | null;
}

export interface Look {
  readonly facts: Snapshot;
  readonly jobs: ReadonlyMap<string, JobFact>;
  readonly attempts: ReadonlyMap<string, AttemptFact>;
  readonly batches: ReadonlyMap<string, BatchFact>;
  readonly attemptsOf: ReadonlyMap<string, readonly AttemptFact[]>;
  readonly money: ReadonlyMap<string, Money>;
}

export function lookAt(facts: Snapshot): Look {
  const byId = <T extends { readonly id: string }>(rows: readonly T[]) => new Map(rows.map((row) => [row.id, row]));
  const attemptsOf = new Map<string, AttemptFact[]>();
  for (const attempt of facts.attempts) {
    attemptsOf.set(attempt.jobId, [...(attemptsOf.get(attempt.jobId) ?? []), attempt]);
  }
  for (const list of attemptsOf.values()) list.sort((a, b) => a.n - b.n);
  const money = new Map<string, Money>();
  for (const { attemptId, kind, amount } of facts.ledger) {
    if (kind === 'orphan_charge') continue;
    const known = money.get(attemptId) ?? { reserve: null, release: null, charge: null };
    const before = known[kind];
    money.set(attemptId, { ...known, [kind]: (before ?? 0n) + BigInt(amount) });
  }
  return {
    facts,
    jobs: byId(facts.jobs),
    attempts: byId(facts.attempts),
    batches: byId(facts.batches),
    attemptsOf,
    money,
  };
}

/** Σ(reserved + charged) by the ledger, of a batch or of everything. */
export function spentBy(look: Look, batchId: string | null): bigint {
  let sum = 0n;
  for (const entry of look.facts.ledger) {
    if (batchId !== null && entry.batchId !== batchId) continue;
    sum += entry.kind === 'release' ? -BigInt(entry.amount) : BigInt(entry.amount);
  }
  return sum;
}

const TERMINAL = ['succeeded', 'failed', 'cancelled', 'expired'];

export const isEnded = (job: JobFact) => TERMINAL.includes(job.status);
export const isLive = ({ state }: AttemptFact) => ['reserved', 'sending', 'accepted', 'unknown'].includes(state);
