import { decideRetry, type Failure, NEVER_RAN, type RetryDecision } from '@reelay/core';
import { countFailedAs, type JobRow, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';

/** What becomes of a job whose attempt ended with this failure. The one place that asks core's retry policy. */
export async function decideNext(
  context: Context,
  tx: Tx,
  { job, attemptId, failure }: { readonly job: JobRow; readonly attemptId: string; readonly failure: Failure },
): Promise<RetryDecision> {
  const asksHowOften = NEVER_RAN.includes(failure.kind);
  const question = {
    failure,
    failedAttempts: job.failed_attempts,
    maxAttempts: job.max_attempts,
    neverRan: asksHowOften ? await countFailedAs(tx, { job, kinds: NEVER_RAN, except: attemptId }) : 0,
    cancelRequested: job.cancel_requested_at !== null,
  };
  return decideRetry(question, context.policy, context.random());
}
