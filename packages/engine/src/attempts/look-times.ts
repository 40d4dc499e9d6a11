import { type Policy, reviewDeadlineMs, scaled, scheduleEndMs, spentAfterMs } from '@reelay/core';
import type { LookTimes } from '@reelay/db';

/** The moments in the life of an unknown attempt, for the look that follows `made` others. */
export function lookTimes(policy: Policy, made: number): LookTimes {
  const dueMs = policy.evidenceMs[made];
  return {
    dueMs: dueMs === undefined ? null : scaled(policy, dueMs),
    gapMs: scaled(policy, policy.resubmitMarginMs),
    scheduleEndMs: scheduleEndMs(policy),
    spentMs: spentAfterMs(policy),
    deadlineMs: reviewDeadlineMs(policy),
  };
}
