/** The columns that a new job is stored with: inline and by COPY alike are derived from this one list. */
import type { JobsHome, NewJob } from './new-jobs.ts';

/** An object is stored as JSON; its column's type is jsonb. */
export type JobValue = string | number | bigint | boolean | object | null;

export interface JobColumn {
  readonly name: string;
  readonly type: 'text' | 'int' | 'bigint' | 'boolean' | 'jsonb';
  readonly value: (job: NewJob) => JobValue;
}

const HOME_COLUMNS = ['project_id', 'batch_id', 'lane_id', 'model', 'api_key_id'];

/** In the order of HOME_COLUMNS. */
export function homeValues({ projectId, batchId, laneId, model, apiKeyId }: JobsHome) {
  return [projectId, batchId, laneId, model, apiKeyId] as const;
}

export const JOB_COLUMNS: readonly JobColumn[] = [
  { name: 'id', type: 'text', value: ({ id }) => id },
  { name: 'row_no', type: 'bigint', value: ({ rowNo }) => rowNo },
  { name: 'line', type: 'bigint', value: ({ line }) => line },
  { name: 'custom_id', type: 'text', value: ({ row }) => row.customId },
  { name: 'input', type: 'jsonb', value: ({ row }) => row.input },
  { name: 'priority', type: 'int', value: ({ row }) => row.priority },
  { name: 'max_attempts', type: 'int', value: ({ row }) => row.maxAttempts },
  { name: 'estimated_nano_usd', type: 'bigint', value: ({ row }) => row.estimatedNanoUsd },
  { name: 'price_version', type: 'text', value: ({ row }) => row.priceVersion },
  { name: 'max_cost_nano_usd', type: 'bigint', value: ({ row }) => row.maxCostNanoUsd },
  { name: 'output_name', type: 'text', value: ({ row }) => row.outputName },
  { name: 'callback_url', type: 'text', value: ({ row }) => row.callbackUrl },
  { name: 'metadata', type: 'jsonb', value: ({ row }) => row.metadata },
];

/** In the order in which both ways of storing write them. */
export const STORED_COLUMNS = [...HOME_COLUMNS, ...JOB_COLUMNS.map(({ name }) => name)].join(', ');
