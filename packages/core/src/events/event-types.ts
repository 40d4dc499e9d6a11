/** Every type of event that a project can be told of. */
export const EVENT_TYPES = [
  'attempt.cost_far_above_estimate',
  'batch.paused',
  'budget.exhausted',
  'budget.threshold',
  'endpoint.disabled',
  'endpoint.failing',
  'endpoint.recovered',
  'endpoint.test',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
