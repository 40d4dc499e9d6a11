/**
 * Every way a paid call can go wrong, classified once. The class decides money and retry, so adapters only name
 * the kind; nobody else decides whether fal may have accepted a request, whether it bills, or whether to try again.
 */
export interface FailureClass {
  /** True when bytes may have reached fal: the attempt becomes `unknown` and is never sent again. */
  readonly mayHaveBeenAccepted: boolean;
  /** Whether fal charges for it (reference: 5xx and queue expiry are free, a 422 or 499 may be billed). */
  readonly billed: 'no' | 'maybe' | 'yes';
  readonly retryable: boolean;
  /** `provider`: the account or fal itself is at fault, so dispatch closes for all jobs and no job pays with an attempt. */
  readonly scope: 'job' | 'provider';
}

const REFUSED_JOB: FailureClass = { mayHaveBeenAccepted: false, billed: 'no', retryable: false, scope: 'job' };
const REFUSED_PROVIDER: FailureClass = { mayHaveBeenAccepted: false, billed: 'no', retryable: true, scope: 'provider' };
const UNKNOWN: FailureClass = { mayHaveBeenAccepted: true, billed: 'maybe', retryable: false, scope: 'job' };
const RAN_AND_FAILED: FailureClass = { mayHaveBeenAccepted: true, billed: 'no', retryable: true, scope: 'job' };
const RAN_AND_REJECTED: FailureClass = { mayHaveBeenAccepted: true, billed: 'maybe', retryable: false, scope: 'job' };

export const FAILURE_CLASSES = {
  // At submit, provably not accepted.
  not_connected: REFUSED_PROVIDER,
  rate_limited: REFUSED_PROVIDER,
  bad_credentials: REFUSED_PROVIDER,
  account_locked: REFUSED_PROVIDER,
  /** The sender woke up after its deadline and kept the request to itself. */
  not_sent: { mayHaveBeenAccepted: false, billed: 'no', retryable: true, scope: 'job' },
  submit_rejected: REFUSED_JOB,
  model_not_found: REFUSED_JOB,
  // At submit, nobody can know.
  no_answer: UNKNOWN,
  unclear_answer: UNKNOWN,
  // After acceptance: fal's own verdict on the run.
  model_error: RAN_AND_FAILED,
  infrastructure_error: RAN_AND_FAILED,
  run_timeout: RAN_AND_FAILED,
  start_timeout: RAN_AND_FAILED,
  invalid_input: RAN_AND_REJECTED,
  content_refused: RAN_AND_REJECTED,
  media_unreachable: RAN_AND_REJECTED,
  run_rejected: RAN_AND_REJECTED,
  cancelled_by_request: RAN_AND_REJECTED,
  unreadable_output: { ...RAN_AND_REJECTED, billed: 'yes' },
  // After acceptance, the outcome itself is out of reach.
  result_lost: RAN_AND_REJECTED,
  provider_stuck: RAN_AND_REJECTED,
  // Asking for a status or a result did not work; the run is not affected.
  provider_unavailable: { mayHaveBeenAccepted: true, billed: 'maybe', retryable: true, scope: 'provider' },
} as const satisfies Record<string, FailureClass>;

export type FailureKind = keyof typeof FAILURE_CLASSES;

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence for a person: what happened and, where there is something to do, what. */
  readonly message: string;
  /** How long fal asked us to wait (Retry-After). */
  readonly retryAfterMs?: number;
  /** What fal said, unchanged but bounded. */
  readonly provider?: { readonly status?: number; readonly type?: string; readonly message?: string };
  /** fal's own word on retrying (X-Fal-Retryable). A `false` outranks the class; a `true` never makes a 422 retryable. */
  readonly providerSaysRetryable?: boolean;
}

export function classOf(failure: Failure): FailureClass {
  const known: FailureClass = FAILURE_CLASSES[failure.kind];
  return failure.providerSaysRetryable === false ? { ...known, retryable: false } : known;
}
