import { isTerminal } from '@reelay/core';
import type { JobRow } from '@reelay/db';

/** Whether fal may as well stop running a request of this job: its cancel was asked for, or it has closed without it. */
export function isUnwanted(job: JobRow): boolean {
  return job.cancel_requested_at !== null || isTerminal(job.status);
}
