/**
 * When an unknown attempt is looked for again, and when its job waits for a person meanwhile. A look that could not be
 * made is no look: it uses up no step of the schedule and is repeated. After the schedule looks go on now and then, because
 * fal's history has lagged by many hours; at the review deadline they end.
 */
import { type Policy, scaled } from '../policy/policy.ts';
import { nextEvidenceMs } from './attempt-schedule.ts';

/** Reading the listing costs fal and us many pages, so an outage is asked about ever more seldom, down to this. */
const LOOK_AGAIN_MAX_MS = 900_000;

export interface LookTaken {
  /** `no_listing`: there is none to read, so time and callbacks are all the evidence there is. */
  readonly reading: 'read' | 'not_read' | 'no_listing';
  /** Looks made before this one. */
  readonly made: number;
  /** Looks in a row before this one that could not be made. */
  readonly misreads: number;
  /** More than one request fits. */
  readonly ambiguous: boolean;
  /** The schedule's whole time has passed since the attempt was sent. */
  readonly scheduleOver: boolean;
  /** The attempt has been unknown for as long as a job may wait for review. */
  readonly deadlineOver: boolean;
  /** Until rule R may be decided; null when it cannot help. */
  readonly ruleDueMs: number | null;
}

export interface NextLook {
  /** Null: it is not looked for any more. */
  readonly delayMs: number | null;
  /** The job waits for late evidence or a person from now on. */
  readonly park: boolean;
}

/** `chance` is uniform in [0, 1). */
export function nextLook(policy: Policy, look: LookTaken, chance: number): NextLook {
  if (look.deadlineOver) return { delayMs: null, park: true };
  const rule = look.ambiguous ? null : look.ruleDueMs;
  if (look.reading === 'not_read') {
    return { delayMs: lookAgainMs(policy, look.misreads, chance), park: look.scheduleOver && rule === null };
  }
  const onSchedule = look.ambiguous ? null : nextEvidenceMs(policy, look.made + 1);
  if (onSchedule !== null) return { delayMs: onSchedule, park: false };
  if (rule !== null) return { delayMs: Math.max(1, rule), park: false };
  if (look.reading === 'no_listing') return { delayMs: null, park: true };
  return { delayMs: scaled(policy, policy.reviewLookMs * (0.9 + 0.2 * chance)), park: true };
}

function lookAgainMs(policy: Policy, misreads: number, chance: number): number {
  const backoffMs = Math.min(5_000 * 2 ** Math.min(misreads, 10), LOOK_AGAIN_MAX_MS);
  return scaled(policy, backoffMs * (0.75 + 0.5 * chance));
}

/** How long after it was sent the last look of the schedule is due. */
export function scheduleEndMs(policy: Policy): number {
  return scaled(policy, policy.evidenceMs.at(-1) ?? 0);
}

/** How long a job may wait in review, and how long an unknown attempt is looked for. */
export function reviewDeadlineMs(policy: Policy): number {
  return scaled(policy, policy.reviewDeadlineMs);
}

/**
 * After a sender's deadline and this, nothing of its attempt can still begin, run or be told: fal has dropped what it had
 * not started, the longest run is over, and the last callback was tried. The sender's grace is network time, not scaled.
 */
export function spentAfterMs(policy: Policy): number {
  const { startTimeoutMs, longestRunMs, webhookWindowMs, resubmitMarginMs, sendGraceMs } = policy;
  return sendGraceMs + scaled(policy, startTimeoutMs + longestRunMs + webhookWindowMs + resubmitMarginMs);
}
