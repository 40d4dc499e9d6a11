import { decideRetry, type Failure, type RetryDecision } from '@reelay/core';
import type { JobRow } from '@reelay/db';
import type { Context } from '../context.ts';

/** What becomes of a job whose attempt ended with this failure. The one place that asks core's retry policy. */
export function decideNext(context: Context, job: JobRow, failure: Failure): RetryDecision {
  const question = {
    failure,
    failedAttempts: job.failed_attempts,
    maxAttempts: job.max_attempts,
    cancelRequested: job.cancel_requested_at !== null,
  };
  return decideRetry(question, context.policy, context.random());
}
