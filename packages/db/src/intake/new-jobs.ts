/** Storing jobs and rejected rows of a request, many in one statement. */
import type { ParsedRow, RowProblem } from '@reelay/core';
import type { Tx } from '../client.ts';

export interface NewJob {
  readonly id: string;
  readonly rowNo: number;
  readonly line: number | null;
  readonly row: ParsedRow;
}

/** What all jobs of one batch, or of one project's own lane, have in common. */
export interface JobsHome {
  readonly projectId: string;
  readonly batchId: string | null;
  readonly laneId: string;
  readonly model: string;
}

export interface NewRejectedRow {
  readonly rowNo: number;
  readonly line: number;
  readonly problems: readonly RowProblem[];
  /** Cells in the order of the file's columns, or texts under their names where there is no header line. */
  readonly cells: readonly string[] | Readonly<Record<string, string>>;
}

const ROWS_PER_STATEMENT = 1_000;

export async function insertJobs(tx: Tx, home: JobsHome, jobs: readonly NewJob[]): Promise<void> {
  for (const slice of slicesOf(jobs)) {
    const records = JSON.stringify(slice.map(jobRecord));
    await tx.$executeRaw`
      INSERT INTO jobs (project_id, batch_id, lane_id, model, id, row_no, line, custom_id, input, priority, max_attempts,
        estimated_nano_usd, price_version, max_cost_nano_usd, output_name, callback_url, metadata)
      SELECT ${home.projectId}, ${home.batchId}, ${home.laneId}, ${home.model}, r.*
      FROM jsonb_to_recordset(${records}::jsonb) AS r(id text, row_no bigint, line bigint, custom_id text, input jsonb,
        priority int, max_attempts int, estimated_nano_usd bigint, price_version text, max_cost_nano_usd bigint,
        output_name text, callback_url text, metadata jsonb)`;
  }
}

function jobRecord({ id, rowNo, line, row }: NewJob) {
  return {
    id,
    row_no: rowNo,
    line,
    custom_id: row.customId,
    input: row.input,
    priority: row.priority,
    max_attempts: row.maxAttempts,
    estimated_nano_usd: String(row.estimatedNanoUsd),
    price_version: row.priceVersion,
    max_cost_nano_usd: row.maxCostNanoUsd === null ? null : String(row.maxCostNanoUsd),
    output_name: row.outputName,
    callback_url: row.callbackUrl,
    metadata: row.metadata,
  };
}

export async function insertRejectedRows(tx: Tx, batchId: string, rows: readonly NewRejectedRow[]): Promise<void> {
  for (const slice of slicesOf(rows)) {
    const records = JSON.stringify(slice.map(rejectedRecord));
    await tx.$executeRaw`
      INSERT INTO rejected_rows (batch_id, row_no, line, "column", code, value, message, problems, cells)
      SELECT ${batchId}, r.*
      FROM jsonb_to_recordset(${records}::jsonb) AS r(row_no bigint, line bigint, "column" text, code text, value text,
        message text, problems jsonb, cells jsonb)`;
  }
}

/** The first problem stands for the row. */
export function rejectedRecord({ rowNo, line, problems, cells }: NewRejectedRow) {
  const [first] = problems;
  if (!first) throw new TypeError('a rejected row has a problem');
  const { column, code, value, message } = first;
  return { row_no: rowNo, line, column, code, value, message, problems, cells };
}

function* slicesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < rows.length; i += ROWS_PER_STATEMENT) yield rows.slice(i, i + ROWS_PER_STATEMENT);
}
