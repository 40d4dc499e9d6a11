/**
 * Ends the jobs that another attempt could take over their `max_cost`, before anything is reserved for them. Their earlier
 * attempts have cost, or hold, the rest, and may be billed less: a retry looks again. Patrol closes their batch where they were its last.
 */
import { formatUsd } from '@reelay/core';
import { failJobs, type JobHead, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellJobs } from '../events/tell-jobs.ts';
import type { JobError } from '../jobs/job-error.ts';

export async function closeTooDear(context: Context, tx: Tx, jobs: readonly JobHead[]): Promise<void> {
  await failJobs(
    tx,
    jobs.map((job) => ({ jobId: job.id, error: errorOf(job) })),
  );
  await tellJobs(
    context,
    tx,
    jobs.map(({ id }) => id),
  );
}

function errorOf({ max_cost_nano_usd: most, spent_nano_usd: spent, estimated_nano_usd: next }: JobHead): JobError {
  const before = formatUsd(spent ?? 0n);
  const limit = formatUsd(most ?? 0n);
  const message = `its attempts have cost or hold $${before}, another for $${formatUsd(next)} could take it over its max_cost of $${limit}; once the bill is known it may be retried with what is left, or submit a new job`;
  return { code: 'max_cost_exceeded', message, retryable: false, billed: 'maybe' };
}
