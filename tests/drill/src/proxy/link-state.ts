/** What a link does to the bytes that pass it. `up` is from the one who connects to the one who listens. */
export type Direction = 'up' | 'down';

export type LinkState =
  | { readonly kind: 'open' }
  /** Connections are reset and new ones refused. */
  | { readonly kind: 'cut' }
  /** Connections stand and carry nothing, either way. */
  | { readonly kind: 'frozen' }
  | { readonly kind: 'one_way'; readonly blocked: Direction }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number };

export const OPEN: LinkState = { kind: 'open' };

export function blocks(state: LinkState, direction: Direction): boolean {
  return state.kind === 'frozen' || (state.kind === 'one_way' && state.blocked === direction);
}
