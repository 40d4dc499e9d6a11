/**
 * A batch's jobs with what went in and what came out, in row order, also while it runs. Read page by page as the client
 * takes them, so a batch of any size needs the memory of one page; a row shows its state at the moment it is read.
 */
import { type Column, type JobStatus, TERMINAL_BATCH_STATES } from '@reelay/core';
import { type JobReading, readBatchJobs, readExportBatch } from '@reelay/db';
import type { Context } from '../context.ts';
import { jobView } from '../reads/job-view.ts';
import { csvText } from './csv-text.ts';
import { exportColumns } from './export-columns.ts';
import { RESULT_COLUMNS, resultCells, rowCell } from './job-cells.ts';

export interface ResultsQuestion {
  readonly projectId: string;
  readonly batchId: string;
  readonly format: 'csv' | 'ndjson';
  readonly statuses?: readonly JobStatus[] | undefined;
}

export interface Export {
  /** False while something of the batch may still change. */
  readonly complete: boolean;
  /** Pieces of whole lines. */
  readonly lines: AsyncIterable<string>;
}

const PAGE_ROWS = 500;

/** Null for another project's batch or none. */
export async function exportResults(context: Pick<Context, 'db'>, question: ResultsQuestion): Promise<Export | null> {
  const batch = await readExportBatch(context.db, question.projectId, question.batchId);
  if (!batch) return null;
  const complete = (TERMINAL_BATCH_STATES as readonly string[]).includes(batch.state);
  const pages = pagesOf(context, question);
  const columns = exportColumns(batch).filter(({ kind }) => kind !== 'ignored');
  return { complete, lines: question.format === 'csv' ? csvLines(pages, columns) : ndjsonLines(pages) };
}

async function* pagesOf(
  { db }: Pick<Context, 'db'>,
  { projectId, batchId, statuses }: ResultsQuestion,
): AsyncGenerator<readonly JobReading[]> {
  const filter = statuses === undefined ? {} : { statuses };
  let after = 0n;
  for (;;) {
    const page = await readBatchJobs(db.prisma, projectId, batchId, filter, { limit: PAGE_ROWS, after });
    if (page.rows.length > 0) yield page.rows;
    const last = page.rows.at(-1);
    if (!page.hasMore || !last) return;
    after = last.row_no;
  }
}

async function* csvLines(pages: AsyncIterable<readonly JobReading[]>, columns: readonly Column[]) {
  yield csvText([[...columns.map(({ header }) => header), ...RESULT_COLUMNS]]);
  for await (const jobs of pages) {
    yield csvText(jobs.map((job) => [...columns.map((column) => rowCell(job, column)), ...resultCells(job)]));
  }
}

async function* ndjsonLines(pages: AsyncIterable<readonly JobReading[]>) {
  for await (const jobs of pages) yield jobs.map((job) => `${JSON.stringify(resultOf(job))}\n`).join('');
}

function resultOf(job: JobReading) {
  const { id, custom_id, line, status, input, output, error, cost, attempts, fal_request_id, metadata } = jobView(job);
  return { job_id: id, custom_id, line, status, input, output, error, cost, attempts, fal_request_id, metadata };
}
