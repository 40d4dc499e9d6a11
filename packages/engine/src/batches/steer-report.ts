/** How steering a batch or job ended: the state machine says no by value, never by exception. */
export type SteerReport =
  | { readonly kind: 'done' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'refused'; readonly code: 'invalid_state' | 'outcome_unknown'; readonly message: string };

export interface BatchTarget {
  readonly projectId: string;
  readonly batchId: string;
}

export interface JobTarget {
  readonly projectId: string;
  readonly jobId: string;
}
