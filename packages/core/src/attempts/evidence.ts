/** What is known of an attempt whose outcome was unknown, piece by piece, as it is kept with it and shown. */
import type { FailureKind } from '../failures/failure.ts';

export type Evidence =
  /** `alive`: it told us itself; otherwise it was given up as dead. */
  | { readonly source: 'sender'; readonly alive: boolean; readonly failure: FailureKind }
  | { readonly source: 'webhook'; readonly request_id: string; readonly failed: boolean; readonly stale: boolean }
  | LookEvidence
  | {
      readonly source: 'submit' | 'webhook' | 'listing' | 'person';
      readonly request_id: string;
      readonly adopted: true;
      /** Whether fal's listing shows the input that was sent; said where somebody looked. */
      readonly input?: 'same' | 'differs' | 'not_listed';
    }
  | {
      readonly source: 'person';
      readonly request_id: string;
      readonly found: boolean;
      /** The attempt that the request belongs to. */
      readonly held_by?: string;
    }
  | { readonly source: 'rule'; readonly declared: 'lost'; readonly empty_looks: number };

export interface LookEvidence {
  readonly source: 'listing';
  /** Whether fal's listing was read to its end. */
  readonly complete: boolean;
  readonly listed: number;
  readonly matches: readonly string[];
  readonly failure?: string;
}

export type KeptEvidence = Readonly<Record<string, unknown>>;

export const EVIDENCE_MAX = 20;

/**
 * The list with one more piece. How the attempt became unknown stays, and of the rest the newest. Looks in a row that
 * could not be made are one piece that says how many and since when: an outage must not push out what was found.
 */
export function keepEvidence(kept: readonly KeptEvidence[], piece: Evidence, at: string): KeptEvidence[] {
  const last = kept.at(-1);
  if (last && isUnread(last) && isUnread({ ...piece })) {
    const times = typeof last.times === 'number' ? last.times + 1 : 2;
    return [...kept.slice(0, -1), { ...piece, times, since: last.since ?? last.at, at }];
  }
  const all = [...kept, { ...piece, at }];
  return all.length <= EVIDENCE_MAX ? all : [...all.slice(0, 1), ...all.slice(1 - EVIDENCE_MAX)];
}

function isUnread({ source, complete }: KeptEvidence): boolean {
  return source === 'listing' && complete === false;
}
