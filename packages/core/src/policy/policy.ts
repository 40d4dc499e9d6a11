/**
 * The numbers that Reelay runs by. Durations that are policy (when to look again, how long to hold back) are divided by
 * the time scale, so that a compressed demonstration behaves like the real thing; network deadlines, signature windows
 * and header values are never scaled.
 */
export interface Policy {
  readonly timeScale: number;
  /** How long one POST to fal may take before its outcome counts as unknown. Network time, never scaled. */
  readonly submitTimeoutMs: number;
  /** A sender whose deadline passed this long ago is taken for dead. Network time, never scaled. */
  readonly sendGraceMs: number;
  /** fal drops, unpaid, what it has not started within this time. Sent as a header, never scaled. */
  readonly startTimeoutMs: number;
  readonly longestRunMs: number;
  /** Room after start timeout and longest run before an accepted attempt counts as stuck. */
  readonly outcomeMarginMs: number;
  readonly maxAttempts: number;
  /** So many attempts of one run that fal did not start, or that never left us, end the job: about a day of waiting. */
  readonly neverRanMax: number;
  readonly backoffMs: readonly number[];
  /** ± this share of a backoff is chance. */
  readonly backoffJitter: number;
  readonly evidenceMs: readonly number[];
  /** After that schedule an unknown attempt is still looked for this often: fal's history has lagged by many hours. */
  readonly reviewLookMs: number;
  /** A job that has waited so long for late evidence or a person is failed. */
  readonly reviewDeadlineMs: number;
  /** A callback of fal may still come this long after its run has ended. */
  readonly webhookWindowMs: number;
  /** Room before an unknown attempt may be declared lost, and between the two looks that must not find it. */
  readonly resubmitMarginMs: number;
  /** A reserved attempt that nobody has sent by then gets a new task. */
  readonly redriveMs: number;
  readonly rateLimitEmbargoMs: number;
  readonly outageEmbargoMs: number;
  readonly embargoMaxMs: number;
  /** So many submits in a row without a clear answer, at least, are an outage. */
  readonly unclearAnswersMax: number;
  /** Observing ends when looks have found nothing new for so long. */
  readonly observeQuietMs: number;
  /** fal's bill is read this often. */
  readonly reconcileEveryMs: number;
  /** Each reading begins so long before where the last one ended: fal records with a lag. */
  readonly billingOverlapMs: number;
  /** What has no bill after this gets none. */
  readonly billingWindowMs: number;
  /** A billed request that nobody has claimed by then is an incident. */
  readonly unclaimedBillMs: number;
  /** A bill above the estimate times this is an incident. */
  readonly costFarFactor: number;
  readonly balanceEveryMs: number;
  /** A balance that could not be read for so long says nothing any more. */
  readonly balanceStaleMs: number;
}

export const DEFAULT_POLICY: Policy = {
  timeScale: 1,
  submitTimeoutMs: 30_000,
  sendGraceMs: 15_000,
  startTimeoutMs: 1_800_000,
  longestRunMs: 3_600_000,
  outcomeMarginMs: 900_000,
  maxAttempts: 3,
  neverRanMax: 48,
  backoffMs: [10_000, 40_000, 160_000],
  backoffJitter: 0.5,
  evidenceMs: [30_000, 120_000, 300_000, 900_000, 3_600_000],
  reviewLookMs: 21_600_000,
  reviewDeadlineMs: 604_800_000,
  webhookWindowMs: 7_200_000,
  resubmitMarginMs: 900_000,
  redriveMs: 15_000,
  rateLimitEmbargoMs: 5_000,
  outageEmbargoMs: 30_000,
  embargoMaxMs: 300_000,
  unclearAnswersMax: 5,
  observeQuietMs: 900_000,
  reconcileEveryMs: 3_600_000,
  billingOverlapMs: 86_400_000,
  billingWindowMs: 604_800_000,
  unclaimedBillMs: 86_400_000,
  costFarFactor: 2,
  balanceEveryMs: 60_000,
  balanceStaleMs: 900_000,
};

/** Defaults with overrides; never scales by itself, so a policy can be built on another. */
export function makePolicy(overrides: Partial<Policy> = {}): Policy {
  const policy = { ...DEFAULT_POLICY, ...overrides };
  if (!(policy.timeScale >= 1)) throw new RangeError('the time scale must be 1 or more');
  return policy;
}

/** A policy duration in wall-clock milliseconds, at least 1. */
export function scaled(policy: Policy, durationMs: number): number {
  return Math.max(1, Math.round(durationMs / policy.timeScale));
}

/** In-flight cap and submit rate belong to an account, and are kept in its row and its worker's configuration. */
export const DEFAULT_IN_FLIGHT_MAX = 2;
export const DEFAULT_SUBMITS_PER_SECOND = 10;

/** Of a batch's estimate: what attempts declared lost by rule may hold when the batch does not say how much. */
export const DEFAULT_UNKNOWN_BUDGET_PERCENT = 5;

/**
 * BullMQ's limiter is a fixed window: {max: 10, duration: 1000} lets 19 through in one second. One per slice is even.
 * Above 200 a second a slice would be shorter than its timers can keep, so it carries more than one. Rounding only ever
 * makes a slice longer: the rate asked for is a limit.
 */
export function submitLimiter(perSecond: number): { readonly max: number; readonly durationMs: number } {
  const max = perSecond <= 200 ? 1 : Math.ceil(perSecond / 100);
  return { max, durationMs: Math.ceil((max * 1000) / perSecond) };
}
