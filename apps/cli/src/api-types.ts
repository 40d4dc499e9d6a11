import type { Attempt, Batch, Budget, Job } from '@reelay/contract';

/** Money is a decimal string in USD; null means not known yet, never zero. */
export type Usd = string | null;

/** What the commands read of a batch. The whole of it passes through to --json. */
export type BatchView = Pick<
  Batch,
  | 'id'
  | 'name'
  | 'model'
  | 'status'
  | 'pause_reason'
  | 'budget_exhausted'
  | 'request_counts'
  | 'cost'
  | 'errors'
  | 'file'
  | 'created_at'
  | 'pilot'
  | 'brakes'
>;
export type BudgetView = Budget;
export type RequestCounts = Batch['request_counts'];

export type JobView = Pick<
  Job,
  | 'id'
  | 'batch_id'
  | 'custom_id'
  | 'line'
  | 'model'
  | 'status'
  | 'status_detail'
  | 'output'
  | 'error'
  | 'cost'
  | 'attempts'
  | 'created_at'
>;
export type AttemptView = Pick<Attempt, 'id' | 'state' | 'fal_request_id' | 'cost' | 'error' | 'orphans'>;

export interface ListOf<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly last_id: string | null;
}
