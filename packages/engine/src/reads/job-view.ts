import type { JobStatus } from '@reelay/core';
import type { JobReading } from '@reelay/db';
import type { JobError } from '../jobs/job-error.ts';
import { maybeNumber, maybeRecord, maybeTime, maybeUsd, record, time, usd } from './views.ts';

/** A job as the API shows it. */
export function jobView(job: JobReading) {
  return {
    id: job.id,
    object: 'job' as const,
    batch_id: job.batch_id,
    custom_id: job.custom_id,
    line: maybeNumber(job.line),
    model: job.model,
    status: job.status satisfies JobStatus,
    status_detail: job.status_detail ?? (job.waits_for_money ? 'budget' : null),
    input: record(job.input),
    output: maybeRecord(job.output),
    error: job.error as JobError | null,
    cost: {
      estimated: usd(job.estimated_nano_usd),
      reserved: usd(job.held_nano_usd),
      charged: maybeUsd(job.charged_nano_usd),
      billed: maybeUsd(job.billed_nano_usd),
    },
    run: job.run,
    attempts: job.attempts,
    retry: { max_attempts: job.max_attempts },
    fal_request_id: job.fal_request_id,
    priority: job.priority,
    max_cost: maybeUsd(job.max_cost_nano_usd),
    output_name: job.output_name,
    callback_url: job.callback_url,
    metadata: record(job.metadata),
    not_before: maybeTime(job.not_before),
    cancel_requested_at: maybeTime(job.cancel_requested_at),
    review_at: maybeTime(job.review_at),
    created_at: time(job.created_at),
    started_at: maybeTime(job.started_at),
    finished_at: maybeTime(job.finished_at),
  };
}

export type JobView = ReturnType<typeof jobView>;
