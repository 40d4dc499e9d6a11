/**
 * Stores a single job in the lane of its project and key. Everything about it is checked and priced first, and it is stored in one
 * transaction; nothing is sent before dispatch finds it. Running it twice makes two jobs: the door's key prevents that.
 */
import { parseRowObject } from '@reelay/core';
import { ensureSingleLane, insertJobs, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { type IntakeProblem, readTerms } from './batch-terms.ts';
import { askBeforeCommit, type BeforeCommit, unlessDiscarded } from './before-commit.ts';
import { callbackFaultOf } from './callback-fault.ts';

export interface JobRequest {
  readonly projectId: string;
  readonly apiKeyId?: string | undefined;
  readonly model?: string | undefined;
  readonly input: unknown;
  readonly customId?: string | undefined;
  readonly priority?: number | undefined;
  /** Decimal US dollars. */
  readonly maxCost?: string | undefined;
  readonly maxAttempts?: number | undefined;
  readonly outputName?: string | undefined;
  readonly callbackUrl?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly beforeCommit?: BeforeCommit | undefined;
}

export type CreateJobReport =
  | { readonly kind: 'created'; readonly jobId: string }
  | { readonly kind: 'invalid'; readonly problems: readonly IntakeProblem[] }
  | { readonly kind: 'discarded' };

export async function createJob(context: Context, request: JobRequest): Promise<CreateJobReport> {
  const terms = readTerms(context, { model: request.model });
  if (terms.kind === 'invalid') return terms;
  const callbackFault = callbackFaultOf(context);
  const plan = { model: terms.model, defaults: terms.defaults, nowMs: context.now(), callbackFault };
  const outcome = parseRowObject(plan, rowOf(request));
  if (outcome.kind === 'rejected') return { kind: 'invalid', problems: outcome.problems };
  const { projectId, apiKeyId = null, beforeCommit } = request;
  const jobId = newId(context, 'job');
  const stored = await unlessDiscarded(
    inTransaction(context.db, async (tx) => {
      const laneId = await ensureSingleLane(tx, projectId, apiKeyId);
      const home = { projectId, batchId: null, laneId, model: terms.model.id, apiKeyId };
      await insertJobs(tx, home, [{ id: jobId, rowNo: 0, line: null, row: outcome.row }]);
      await askBeforeCommit(tx, jobId, beforeCommit);
      await context.failpoint('job.before_commit');
      return jobId;
    }),
  );
  await context.failpoint('job.committed');
  return stored === null ? { kind: 'discarded' } : { kind: 'created', jobId };
}

function rowOf(request: JobRequest) {
  const { input, priority, metadata } = request;
  const retry = request.maxAttempts === undefined ? undefined : { max_attempts: request.maxAttempts };
  return {
    input,
    custom_id: request.customId,
    priority,
    max_cost: request.maxCost,
    output_name: request.outputName,
    callback_url: request.callbackUrl,
    metadata,
    retry,
  };
}
