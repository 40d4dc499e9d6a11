/**
 * Stored states of a batch. `paused` is not stored: a batch in progress is paused while its set of pauses, or its
 * provider account's, is not empty, so no pause can be forgotten and none can be lifted by somebody else's resume.
 */
export const BATCH_STATES = [
  'validating',
  'awaiting_confirmation',
  'in_progress',
  'finalizing',
  'completed',
  'failed',
  'expired',
  'cancelling',
  'cancelled',
] as const;
export type BatchState = (typeof BATCH_STATES)[number];
export type BatchStatus = BatchState | 'paused';

/** Strongest first: the first of these in a batch's set is shown as its `pause_reason`. */
export const PAUSE_REASONS = [
  'user',
  'pilot',
  'waste',
  'error_rate',
  'budget',
  'provider_balance',
  'provider_down',
  'stopped',
  'observe',
] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

export function strongestPause(pauses: readonly PauseReason[]): PauseReason | null {
  return PAUSE_REASONS.find((reason) => pauses.includes(reason)) ?? null;
}

export function batchStatus(state: BatchState, pauses: readonly PauseReason[]): BatchStatus {
  return state === 'in_progress' && pauses.length > 0 ? 'paused' : state;
}

/** States in which jobs of the batch may still be dispatched, run or be waited for. */
export const OPEN_BATCH_STATES = ['in_progress', 'cancelling', 'finalizing'] as const satisfies BatchState[];

export const TERMINAL_BATCH_STATES = ['completed', 'failed', 'expired', 'cancelled'] as const satisfies BatchState[];
