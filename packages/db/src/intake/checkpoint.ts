/**
 * One step of an import: jobs, rejected rows and the row count move in one transaction, or none of them does. The upload
 * is locked first, so that of two readers one waits; then the batch, so that a cancel waits for the step or stops it.
 */
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Db } from '../client.ts';
import { copyLines } from './copy-text.ts';
import { STORED_COLUMNS } from './job-columns.ts';
import type { JobsHome, NewJob, NewRejectedRow } from './new-jobs.ts';
import { rejectedRecord } from './new-jobs.ts';
import { onOneClient } from './on-one-client.ts';

export interface CheckpointRange {
  readonly uploadId: string;
  readonly batchId: string;
  /** Row counts before and after. */
  readonly fromRow: number;
  readonly toRow: number;
  readonly leaseMs: number;
}

/** `overtaken`: another reader has moved on from here. `stopped`: the batch is no longer validating. */
export type CheckpointOutcome = 'stored' | 'overtaken' | 'stopped';

export interface Checkpoint {
  /** Lines of this batch's jobs that already bear one of these custom_ids. */
  linesOf(customIds: ReadonlySet<string>): Promise<Map<string, number>>;
  /** False, with nothing copied, when a custom_id is already used in the batch. */
  copyJobs(home: JobsHome, jobs: Iterable<NewJob>): Promise<boolean>;
  addRejectedRows(rows: readonly NewRejectedRow[]): Promise<void>;
  setColumns(columns: readonly object[]): Promise<void>;
}

class NotStored extends Error {
  override readonly name = 'NotStored';
  readonly outcome: CheckpointOutcome;
  constructor(outcome: CheckpointOutcome) {
    super(outcome);
    this.outcome = outcome;
  }
}

export async function inCheckpoint(
  db: Db,
  range: CheckpointRange,
  work: (checkpoint: Checkpoint) => Promise<void>,
): Promise<CheckpointOutcome> {
  try {
    await onOneClient(db, async (client) => {
      await advance(client, range);
      await work(checkpointOn(client, range.batchId));
    });
    return 'stored';
  } catch (error) {
    if (error instanceof NotStored) return error.outcome;
    throw error;
  }
}

async function advance(client: pg.PoolClient, range: CheckpointRange): Promise<void> {
  // A server that dies may forget the last steps whole, and the import resumes before them. Its end is flushed to disk.
  await client.query('SET LOCAL synchronous_commit = off');
  const moved = await client.query(
    `UPDATE uploads SET parsed_rows = $3, claimed_until = now() + make_interval(secs => $4)
     WHERE id = $1 AND parsed_rows = $2 AND parsed_at IS NULL`,
    [range.uploadId, range.fromRow, range.toRow, range.leaseMs / 1000],
  );
  if (moved.rowCount !== 1) throw new NotStored('overtaken');
  const batch = await client.query<{ state: string }>('SELECT state FROM batches WHERE id = $1 FOR SHARE', [
    range.batchId,
  ]);
  if (batch.rows[0]?.state !== 'validating') throw new NotStored('stopped');
}

function checkpointOn(client: pg.PoolClient, batchId: string): Checkpoint {
  return {
    linesOf: async (customIds) => {
      const { rows } = await client.query<{ custom_id: string; line: string }>(
        // One index probe each: without fresh statistics a plain ANY may read the whole batch instead.
        `SELECT asked.custom_id, taken.line FROM unnest($2::text[]) AS asked(custom_id) CROSS JOIN LATERAL (
           SELECT line FROM jobs WHERE batch_id = $1 AND custom_id = asked.custom_id LIMIT 1
         ) taken`,
        [batchId, [...customIds]],
      );
      return new Map(rows.map(({ custom_id, line }) => [custom_id, Number(line)]));
    },
    copyJobs: (home, jobs) => copyJobs(client, home, jobs),
    addRejectedRows: async (rows) => {
      if (rows.length === 0) return;
      await client.query(INSERT_REJECTED, [batchId, JSON.stringify(rows.map(rejectedRecord))]);
      await client.query('UPDATE batches SET rejected_count = rejected_count + $2 WHERE id = $1', [
        batchId,
        rows.length,
      ]);
    },
    setColumns: async (columns) => {
      await client.query('UPDATE batches SET columns = $2 WHERE id = $1', [batchId, JSON.stringify(columns)]);
    },
  };
}

/** Asking beforehand which custom_ids are taken would cost every file what only a faulty one needs. */
async function copyJobs(client: pg.PoolClient, home: JobsHome, jobs: Iterable<NewJob>): Promise<boolean> {
  await client.query('SAVEPOINT before_jobs');
  try {
    await pipeline(copyLines(home, jobs), client.query(copyFrom(COPY_JOBS)));
    return true;
  } catch (error) {
    if (!isTakenCustomId(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT before_jobs');
    return false;
  }
}

function isTakenCustomId(error: unknown): boolean {
  return (error as { readonly constraint?: unknown }).constraint === 'jobs_batch_id_custom_id_key';
}

const COPY_JOBS = `COPY jobs (${STORED_COLUMNS}) FROM STDIN`;

const INSERT_REJECTED = `
  INSERT INTO rejected_rows (batch_id, row_no, line, "column", code, value, message, problems, cells)
  SELECT $1, r.* FROM jsonb_to_recordset($2::jsonb) AS r(row_no bigint, line bigint, "column" text, code text,
    value text, message text, problems jsonb, cells jsonb)`;
