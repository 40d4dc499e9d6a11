import { expect, it } from 'vitest';
import { isTerminal, JOB_STATUSES, type JobStatus, RETRYABLE_JOB_STATUSES } from './job-states.ts';

const TERMINAL: Record<JobStatus, boolean> = {
  queued: false,
  active: false,
  succeeded: true,
  failed: true,
  cancelled: true,
  expired: true,
  needs_review: false,
};

it.each(JOB_STATUSES)('%s is closed or open as written down', (status) => {
  expect(isTerminal(status)).toBe(TERMINAL[status]);
});

it('reopens every closed job but one that succeeded', () => {
  expect([...RETRYABLE_JOB_STATUSES].sort()).toEqual(
    JOB_STATUSES.filter((status) => isTerminal(status) && status !== 'succeeded').sort(),
  );
});
