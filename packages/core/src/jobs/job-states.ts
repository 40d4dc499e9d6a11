/** A job is one generation that a user wants. `needs_review` is open: late evidence or a person still moves it. */
export const JOB_STATUSES = [
  'queued',
  'active',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
  'needs_review',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const TERMINAL_JOB_STATUSES = ['succeeded', 'failed', 'cancelled', 'expired'] as const satisfies JobStatus[];

/** Statuses that a retry may reopen. */
export const RETRYABLE_JOB_STATUSES = ['failed', 'cancelled', 'expired'] as const satisfies JobStatus[];

export function isTerminal(status: JobStatus): boolean {
  return (TERMINAL_JOB_STATUSES as readonly JobStatus[]).includes(status);
}
