import type { BatchView, RequestCounts } from '../api-types.ts';

const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled', 'expired'];

export function openJobs({ queued, active }: RequestCounts): number {
  return queued + active;
}

export function endedJobs(counts: RequestCounts): number {
  return counts.succeeded + counts.failed + counts.cancelled + counts.expired + counts.needs_review;
}

export function jobsTotal(counts: RequestCounts): number {
  return counts.total - counts.rejected;
}

/** Pauses that a batch set itself and only a person takes back. */
const PERSONS_PAUSES = ['pilot', 'waste', 'error_rate'];

/** Nothing more happens before a person has decided. */
export function waitsForPerson({ status, pause_reason }: Pick<BatchView, 'status' | 'pause_reason'>): boolean {
  return (
    status === 'awaiting_confirmation' ||
    (status === 'paused' && pause_reason !== null && PERSONS_PAUSES.includes(pause_reason))
  );
}

/** Nothing more happens by itself: the batch is closed, or only people's decisions are missing. */
export function isSettled({ status, request_counts }: Pick<BatchView, 'status' | 'request_counts'>): boolean {
  if (TERMINAL_STATUSES.includes(status)) return true;
  return status === 'finalizing' && openJobs(request_counts) === 0 && request_counts.needs_review > 0;
}
