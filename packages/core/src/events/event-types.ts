/** Every type of event that a project can be told of. */
export const EVENT_TYPES = [
  'attempt.cost_far_above_estimate',
  'batch.cancelled',
  'batch.completed',
  'batch.failed',
  'batch.paused',
  'batch.progress',
  'batch.resumed',
  'batch.started',
  'batch.updated',
  'batch.validated',
  'budget.exhausted',
  'budget.threshold',
  'endpoint.disabled',
  'endpoint.failing',
  'endpoint.recovered',
  'endpoint.test',
  'job.cancelled',
  'job.expired',
  'job.failed',
  'job.needs_review',
  'job.succeeded',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
