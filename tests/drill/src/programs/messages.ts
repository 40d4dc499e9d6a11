/** What the drill and the processes under it say to each other. */
import type { FailpointName } from '@reelay/engine';

export type FailpointAction =
  | { readonly kind: 'kill' }
  | { readonly kind: 'hold'; readonly ms: number }
  | { readonly kind: 'throw' };

export type Order =
  | { readonly kind: 'arm'; readonly name: FailpointName; readonly action: FailpointAction }
  | { readonly kind: 'disarm'; readonly name: FailpointName }
  | { readonly kind: 'measure' };

export interface Measures {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly handles: number;
}

export type Report = { readonly kind: 'ready' } | ({ readonly kind: 'measured' } & Measures);
