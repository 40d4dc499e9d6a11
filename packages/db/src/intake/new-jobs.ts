/** Storing jobs and rejected rows of a request, many in one statement. */
import type { ParsedRow, RowProblem } from '@reelay/core';
import type { Tx } from '../client.ts';
import { homeValues, JOB_COLUMNS, type JobValue, STORED_COLUMNS } from './job-columns.ts';

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
  /** The key that they were asked for with. */
  readonly apiKeyId: string | null;
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
    await tx.$executeRawUnsafe(INSERT_JOBS, ...homeValues(home), records);
  }
}

const RECORD = JOB_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
/** Made of our own names alone; values are parameters. */
const INSERT_JOBS = `
  INSERT INTO jobs (${STORED_COLUMNS})
  SELECT $1, $2, $3, $4, $5, r.* FROM jsonb_to_recordset($6::jsonb) AS r(${RECORD})`;

function jobRecord(job: NewJob): Readonly<Record<string, unknown>> {
  return Object.fromEntries(JOB_COLUMNS.map(({ name, value }) => [name, jsonValue(value(job))]));
}

/** JSON has no bigint; as text it becomes one again in the record. */
function jsonValue(value: JobValue): unknown {
  return typeof value === 'bigint' ? String(value) : value;
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
