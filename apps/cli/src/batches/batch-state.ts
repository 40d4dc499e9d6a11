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

/** Nothing more happens by itself: the batch is closed, or only people's decisions are missing. */
export function isSettled({ status, request_counts }: Pick<BatchView, 'status' | 'request_counts'>): boolean {
  if (TERMINAL_STATUSES.includes(status)) return true;
  return status === 'finalizing' && openJobs(request_counts) === 0 && request_counts.needs_review > 0;
}
