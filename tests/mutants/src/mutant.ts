/** A small breakage of the protocol: what it takes away, where, and who is asked to notice, in order. */
export interface Mutant {
  readonly name: string;
  /** What is broken, in one sentence. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
  readonly layers: readonly Layer[];
}

export interface Edit {
  /** From the root of the project. */
  readonly file: string;
  /** Found exactly once. */
  readonly find: string;
  readonly replace: string;
}

export type Layer =
  | { readonly kind: 'explorer' }
  | { readonly kind: 'simulation'; readonly seeds: number; readonly from?: number }
  | { readonly kind: 'drill'; readonly seed: number }
  /** The last resort: a test file, and the part of its names to run. */
  | { readonly kind: 'test'; readonly file: string; readonly name: string };

export const EXPLORER: Layer = { kind: 'explorer' };
export const SIMULATION: Layer = { kind: 'simulation', seeds: 60 };
/** For what only some seeds meet. */
export const LONG_SIMULATION: Layer = { kind: 'simulation', seeds: 400 };

export function titleOf(layer: Layer): string {
  return layer.kind === 'test' ? `test ${layer.file.replace(/^.*\//, '')}` : layer.kind;
}
