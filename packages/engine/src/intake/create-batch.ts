/**
 * Stores a batch of inline rows in one transaction: batch, lane, budget, jobs and rejected rows, or nothing. A strict
 * batch with any bad row is not stored; in best effort the good rows start and the bad ones are kept to be corrected.
 */
import {
  claimCustomIds,
  columnsOf,
  modelFields,
  nextId,
  parseRowObject,
  pointerTo,
  type RowPlan,
  rowCells,
  rowNames,
  worstCaseOf,
} from '@reelay/core';
import {
  failBatch,
  insertBatch,
  insertJobs,
  insertRejectedRows,
  inTransaction,
  type NewBatch,
  type NewJob,
  type NewRejectedRow,
  startBatch,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { tellVerdict } from '../events/tell-batch.ts';
import { newId } from '../make-id.ts';
import { type BatchTerms, type IntakeProblem, newBatch, readTerms } from './batch-terms.ts';
import { askBeforeCommit, type BeforeCommit, unlessDiscarded } from './before-commit.ts';
import { callbackFaultOf } from './callback-fault.ts';
import { NO_GOOD_ROWS } from './judge-import.ts';

export const INLINE_ROWS_MAX = 10_000;
const PROBLEMS_MAX = 100;
const STORE_TIMEOUT_MS = 30_000;

export interface BatchRequest extends BatchTerms {
  readonly projectId: string;
  readonly apiKeyId?: string | undefined;
  /** As the client sent them: each is judged by itself. */
  readonly rows: readonly unknown[];
  readonly beforeCommit?: BeforeCommit | undefined;
}

export type CreateBatchReport =
  | { readonly kind: 'created'; readonly batchId: string }
  | { readonly kind: 'invalid'; readonly problems: readonly IntakeProblem[] }
  | { readonly kind: 'discarded' };

export async function createBatch(context: Context, request: BatchRequest): Promise<CreateBatchReport> {
  const terms = readTerms(context, request);
  if (terms.kind === 'invalid') return terms;
  const miscounted = checkRowCount(request.rows.length);
  if (miscounted) return { kind: 'invalid', problems: [miscounted] };
  const callbackFault = callbackFaultOf(context);
  const plan = { model: terms.model, defaults: terms.defaults, nowMs: context.now(), callbackFault };
  const sorted = sortRows(context, plan, request.rows);
  if (request.mode === 'strict' && sorted.rejected.length > 0) {
    return { kind: 'invalid', problems: problemsOf(sorted.rejected) };
  }
  const names = new Set(request.rows.flatMap(rowNames));
  const columns = columnsOf(names, [...modelFields(terms.model).keys()]);
  const batchId = newId(context, 'batch');
  const { maxAttempts } = terms.defaults;
  const { projectId, apiKeyId } = request;
  const toBe = { id: batchId, projectId, apiKeyId, model: terms.model, terms: request, maxAttempts };
  const batch = newBatch(toBe, { columns, fileFacts: null });
  const stored = await unlessDiscarded(store(context, batch, sorted, request.beforeCommit));
  await context.failpoint('job.committed');
  return stored === null ? { kind: 'discarded' } : { kind: 'created', batchId };
}

interface SortedRows {
  readonly jobs: readonly NewJob[];
  readonly rejected: readonly NewRejectedRow[];
}

function sortRows(context: Context, plan: RowPlan, rows: readonly unknown[]): SortedRows {
  const jobs: NewJob[] = [];
  const rejected: NewRejectedRow[] = [];
  const claim = claimCustomIds();
  let id = newId(context, 'job');
  for (const [i, value] of rows.entries()) {
    const rowNo = i + 1;
    const outcome = parseRowObject(plan, value);
    const problems = outcome.kind === 'rejected' ? outcome.problems : claim(outcome.row.customId, rowNo);
    if (outcome.kind === 'rejected' || problems.length > 0) {
      rejected.push({ rowNo, line: rowNo, problems, cells: Object.fromEntries(rowCells(value)) });
    } else {
      jobs.push({ id, rowNo, line: rowNo, row: outcome.row });
      id = nextId(id);
    }
  }
  return { jobs, rejected };
}

function store(context: Context, batch: NewBatch, { jobs, rejected }: SortedRows, beforeCommit?: BeforeCommit) {
  const { projectId, apiKeyId, model } = batch;
  const home = { projectId, batchId: batch.id, laneId: batch.id, model, apiKeyId };
  const priced = {
    jobs: jobs.length,
    estimatedNanoUsd: jobs.reduce((sum, { row }) => sum + row.estimatedNanoUsd, 0n),
    worstCaseNanoUsd: jobs.reduce((sum, { row }) => sum + worstCaseOf(row), 0n),
  };
  return inTransaction(
    context.db,
    async (tx) => {
      await insertBatch(tx, batch);
      await insertJobs(tx, home, jobs);
      await insertRejectedRows(tx, batch.id, rejected);
      if (jobs.length > 0) await startBatch(tx, batch.id, priced, rejected.length);
      else await failBatch(tx, batch.id, NO_GOOD_ROWS, rejected.length);
      await tellVerdict(context, tx, { projectId, batchId: batch.id });
      await askBeforeCommit(tx, batch.id, beforeCommit);
      await context.failpoint('job.before_commit');
      return batch.id;
    },
    STORE_TIMEOUT_MS,
  );
}

export function checkRowCount(count: number): IntakeProblem | null {
  if (count >= 1 && count <= INLINE_ROWS_MAX) return null;
  const message =
    count === 0
      ? 'There are no rows. Send at least one.'
      : `There are ${count} rows; at most ${INLINE_ROWS_MAX} are taken inline. Send the rest as another batch, or all of them as a file (POST /v1/imports).`;
  return { pointer: '/rows', code: count === 0 ? 'no_rows' : 'too_many_rows', value: String(count), message };
}

function problemsOf(rejected: readonly NewRejectedRow[]): IntakeProblem[] {
  return rejected
    .flatMap(({ rowNo, problems }) =>
      problems.map(({ pointer, code, value, message }) => {
        const place = pointerTo('rows', rowNo - 1) + pointer;
        return { pointer: place, code, value, message: `Row ${rowNo}: ${message}` };
      }),
    )
    .slice(0, PROBLEMS_MAX);
}
