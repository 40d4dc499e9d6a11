/** A job as cells: what its row gave, then what became of it. A cost that is not known is empty, never 0. */
import { type Column, formatUsd, type RowFieldName } from '@reelay/core';
import type { JobReading } from '@reelay/db';

export const RESULT_COLUMNS = [
  '_job_id',
  '_status',
  '_error_code',
  '_error_message',
  '_output_url',
  '_seed',
  '_cost_estimated_usd',
  '_cost_charged_usd',
  '_attempts',
  '_fal_request_id',
  '_line',
] as const;

/** The row's own columns, as a cell of theirs is read again. */
const OWN: Readonly<Record<RowFieldName, (job: JobReading) => string | number | boolean | null>> = {
  custom_id: (job) => job.custom_id,
  output_name: (job) => job.output_name,
  priority: (job) => job.priority,
  max_cost: (job) => (job.max_cost_nano_usd === null ? null : formatUsd(job.max_cost_nano_usd)),
  callback_url: (job) => job.callback_url,
  'retry.max_attempts': (job) => job.max_attempts,
};

export function rowCell(job: JobReading, column: Column): string {
  switch (column.kind) {
    case 'input':
      return textOf(fieldOf(job.input, column.name));
    case 'metadata':
      return textOf(fieldOf(job.metadata, column.name));
    case 'ignored':
      return '';
    default:
      return textOf(OWN[column.kind](job));
  }
}

/** In the order of RESULT_COLUMNS. */
export function resultCells(job: JobReading): string[] {
  return [
    job.id,
    job.status,
    textOf(fieldOf(job.error, 'code')),
    textOf(fieldOf(job.error, 'message')),
    outputUrl(job.output) ?? '',
    textOf(fieldOf(job.output, 'seed')),
    formatUsd(job.estimated_nano_usd),
    job.charged_nano_usd === null ? '' : formatUsd(job.charged_nano_usd),
    String(job.attempts),
    job.fal_request_id ?? '',
    textOf(job.line),
  ];
}

/** Models name their output differently (`video`, `image`, …); the first file among its fields is the one. */
function outputUrl(output: unknown): string | null {
  if (typeof output !== 'object' || output === null) return null;
  for (const value of Object.values(output)) {
    const url = fieldOf(value, 'url');
    if (typeof url === 'string') return url;
  }
  return null;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
