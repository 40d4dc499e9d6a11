/** What the program and its children say to each other. */
import type { BrokenPromise } from '../make-world.ts';

export type ToChild =
  | { readonly kind: 'begin'; readonly adminUrl: string; readonly trace: boolean }
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'end' };

export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ran'; readonly outcome: SeedOutcome }
  | { readonly kind: 'ended' };

export interface SeedOutcome {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  /** Empty when nobody asked and nothing broke. */
  readonly trace: readonly string[];
  readonly steps: number;
  readonly requests: number;
  readonly virtualMs: number;
  readonly failpoints: readonly (readonly [string, number])[];
  readonly faults: readonly (readonly [string, number])[];
}
