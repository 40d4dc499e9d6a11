import type { BatchRow } from '@reelay/db';
import type { SteerReport } from './steer-report.ts';

const RETRYABLE_STATES = ['in_progress', 'completed', 'cancelled'];

/** Jobs may run again in a batch that has run: never in one that failed, or whose rows were not all read or agreed to. */
export function retryRefusal(batch: BatchRow): Exclude<SteerReport, { kind: 'done' }> | null {
  if (RETRYABLE_STATES.includes(batch.state) && batch.in_progress_at !== null) return null;
  const why = batch.in_progress_at === null ? 'that never started' : `that is ${batch.state}`;
  return { kind: 'refused', code: 'invalid_state', message: `jobs of a batch ${why} cannot be retried` };
}
