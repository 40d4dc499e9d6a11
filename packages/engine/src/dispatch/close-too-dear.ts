/**
 * Ends the jobs that another attempt could take over their `max_cost`, before anything is reserved for them. Their earlier
 * attempts have cost, or hold, the rest; only a new job can be given more. Patrol closes their batch where they were its last.
 */
import { formatUsd } from '@reelay/core';
import { closeJob, type JobHead, type Tx } from '@reelay/db';
import type { JobError } from '../jobs/job-error.ts';

export async function closeTooDear(tx: Tx, jobs: readonly JobHead[]): Promise<void> {
  for (const job of jobs) await closeJob(tx, job.id, 'failed', { error: errorOf(job) });
}

function errorOf({ max_cost_nano_usd: most, spent_nano_usd: spent, estimated_nano_usd: next }: JobHead): JobError {
  const before = formatUsd(spent ?? 0n);
  const limit = formatUsd(most ?? 0n);
  const message = `its attempts have cost or hold $${before}, another for $${formatUsd(next)} could take it over its max_cost of $${limit}; submit a new job to spend more`;
  return { code: 'max_cost_exceeded', message, retryable: false, billed: 'maybe' };
}
