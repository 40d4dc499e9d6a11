/**
 * Opens many jobs of a batch again. Jobs with an attempt that may still be paid for are left out and counted, so a bulk
 * retry can never pay twice; so are those that could not run: their input would not be valid, or their max_cost has no room
 * left. Works in pages under the batch's lock; run again after a crash it finds what is left.
 */
import {
  inTransaction,
  lockBatch,
  pageForRetry,
  type Reopening,
  type RetryFilter,
  reopenJobs,
  type Tx,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { type InputProblem, repriced } from '../jobs/reprice.ts';
import { openAgain } from './open-again.ts';
import { retryRefusal } from './retry-refusal.ts';
import type { BatchTarget, SteerReport } from './steer-report.ts';

const PAGE = 1_000;
const DEFAULT_STATUSES = ['failed', 'expired'];

export interface BulkRetry extends BatchTarget {
  readonly statuses?: readonly ('failed' | 'cancelled' | 'expired')[];
  readonly errorCode?: string;
  readonly inputPatch?: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
}

export type BulkRetryReport =
  | {
      readonly kind: 'done';
      readonly retried: number;
      readonly skippedUnknown: number;
      readonly skippedInvalid: number;
      readonly estimatedNanoUsd: bigint;
    }
  /** No job could run, and none was opened: what is wrong with the first. */
  | { readonly kind: 'invalid'; readonly problems: readonly InputProblem[] }
  | Exclude<SteerReport, { kind: 'done' }>;

interface Page {
  readonly last: string | null;
  readonly retried: number;
  readonly unknown: number;
  readonly invalid: number;
  readonly cost: bigint;
  /** Of the first that could not run. */
  readonly problems: readonly InputProblem[];
}

export async function retryBatch(context: Context, retry: BulkRetry): Promise<BulkRetryReport> {
  let [retried, skippedUnknown, skippedInvalid, estimatedNanoUsd] = [0, 0, 0, 0n];
  let problems: readonly InputProblem[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const from: string = after;
    const page = await inTransaction(context.db, (tx) => retryPage(context, tx, retry, from));
    if ('kind' in page) return page;
    if (problems.length === 0) problems = page.problems;
    retried += page.retried;
    skippedUnknown += page.unknown;
    skippedInvalid += page.invalid;
    estimatedNanoUsd += page.cost;
    after = page.last;
  }
  if (retried === 0 && problems.length > 0) return { kind: 'invalid', problems };
  return { kind: 'done', retried, skippedUnknown, skippedInvalid, estimatedNanoUsd };
}

type Refusal = Exclude<SteerReport, { kind: 'done' }>;

async function retryPage(context: Context, tx: Tx, retry: BulkRetry, after: string): Promise<Page | Refusal> {
  const batch = await lockBatch(tx, retry.projectId, retry.batchId);
  const refusal = batch ? retryRefusal(batch) : ({ kind: 'not_found' } as const);
  if (refusal) return refusal;
  const filter: RetryFilter = {
    batchId: retry.batchId,
    statuses: retry.statuses ?? DEFAULT_STATUSES,
    errorCode: retry.errorCode ?? null,
  };
  const jobs = await pageForRetry(tx, filter, after, PAGE);
  const proven = jobs.filter((job) => job.proven);
  const reopenings: Reopening[] = [];
  let problems: readonly InputProblem[] = [];
  for (const job of proven) {
    const priced = repriced(job, retry.inputPatch ?? {}, context.now(), job.spent_nano_usd);
    if (priced.kind === 'valid') reopenings.push({ jobId: job.id, ...priced.reopening });
    else if (problems.length === 0) problems = priced.problems;
  }
  if (!retry.dryRun && reopenings.length > 0) {
    await reopenJobs(tx, reopenings);
    await openAgain(context, tx, retry);
  }
  return {
    last: jobs.length < PAGE ? null : (jobs.at(-1)?.id ?? null),
    retried: reopenings.length,
    unknown: jobs.length - proven.length,
    invalid: proven.length - reopenings.length,
    cost: reopenings.reduce((sum, { estimatedNanoUsd }) => sum + estimatedNanoUsd, 0n),
    problems,
  };
}
