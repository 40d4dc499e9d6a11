/** Writes an attempt's ending: the attempt, its money and its job together. The caller holds both row locks. */
import { chargeFor, classOf, type Failure, isTerminal, type Model, scaled } from '@reelay/core';
import {
  type AttemptWithJob,
  appendLedger,
  countStarted,
  countStartTimeout,
  markOutcome,
  scheduleCheck,
  type Tx,
} from '@reelay/db';
import { chargeLines } from '../billing/charge-lines.ts';
import { tellOfCharge } from '../billing/tell-of-charge.ts';
import { unitPriceOf } from '../billing/unit-price.ts';
import type { Context } from '../context.ts';
import { decideNext } from '../jobs/decide-next.ts';
import { jobError } from '../jobs/job-error.ts';
import { mayRunAgain } from '../jobs/may-run-again.ts';
import { endJob, putInReview, queueAgain } from '../jobs/move-job.ts';
import type { Ending } from './read-ending.ts';

export async function recordEnding(
  context: Context,
  tx: Tx,
  loaded: AttemptWithJob,
  model: Model,
  ending: Ending,
): Promise<void> {
  switch (ending.kind) {
    case 'succeeded':
      return recordSuccess(context, tx, loaded, model, ending);
    case 'failed':
      return recordFailure(context, tx, loaded, ending);
    case 'lost':
      return recordLost(context, tx, loaded);
  }
}

async function recordSuccess(
  context: Context,
  tx: Tx,
  loaded: AttemptWithJob,
  model: Model,
  ending: Extract<Ending, { kind: 'succeeded' }>,
): Promise<void> {
  const { attempt, job } = loaded;
  const output = model.output.safeParse(ending.output);
  if (!output.success) {
    const message =
      'fal says the run succeeded, but its output is not what the model promises; look at the request at fal';
    return recordFailure(context, tx, loaded, {
      ...ending,
      kind: 'failed',
      failure: { kind: 'unreadable_output', message },
    });
  }
  await charge(context, tx, loaded, { ...ending, state: 'succeeded', failure: null, billed: 'yes' });
  await countStarted(tx);
  await endJob(context, tx, job.id, 'succeeded', { output: ending.output, requestId: attempt.request_id });
}

async function recordFailure(
  context: Context,
  tx: Tx,
  loaded: AttemptWithJob,
  ending: Extract<Ending, { kind: 'failed' }>,
): Promise<void> {
  const { attempt, job } = loaded;
  const { failure } = ending;
  await charge(context, tx, loaded, { ...ending, state: 'failed', billed: classOf(failure).billed });
  if (failure.kind === 'start_timeout') await countStartTimeout(tx, attempt.sending_at);
  const decision = await decideNext(context, tx, { job, attemptId: attempt.id, failure });
  const error = jobError(failure);
  if (decision.kind === 'retry' && !(await mayRunAgain(tx, job))) {
    return endJob(context, tx, job.id, 'failed', { error, requestId: attempt.request_id });
  }
  if (decision.kind === 'retry') return queueAgain(context, tx, job, { ...decision, error });
  const status = decision.reason === 'cancelled' ? 'cancelled' : 'failed';
  await endJob(context, tx, job.id, status, { error, requestId: attempt.request_id });
}

interface Cost {
  readonly state: 'succeeded' | 'failed';
  readonly failure: Failure | null;
  readonly httpStatus: number | null;
  readonly billableUnits: string | null;
  readonly billed: 'no' | 'maybe' | 'yes';
}

/** The outcome and, when fal's price for it is known, the release of the whole reservation and the charge of the cost. */
async function charge(context: Context, tx: Tx, loaded: AttemptWithJob, cost: Cost): Promise<void> {
  const { attempt } = loaded;
  const unitPriceNanoUsd = await unitPriceOf(tx, attempt.model);
  const charge = chargeFor({
    billed: cost.billed,
    billableUnits: cost.billableUnits,
    unitPriceNanoUsd,
    listPriceNanoUsd: attempt.reserved_nano_usd,
  });
  await markOutcome(tx, attempt.id, { ...cost, unitPriceNanoUsd, unitsDisagree: charge?.unitsDisagree ?? false });
  if (charge === null) return;
  await appendLedger(tx, attempt.id, chargeLines(attempt, null, charge));
  await tellOfCharge(context, tx, loaded, {
    requestId: attempt.request_id ?? '',
    charge,
    billableUnits: cost.billableUnits,
  });
}

/**
 * Paid for, perhaps, and not to be had: a person decides. The attempt stays accepted and its money reserved; a copy that
 * fal's listing shows late still settles it while the job waits.
 */
async function recordLost(context: Context, tx: Tx, { attempt, job }: AttemptWithJob): Promise<void> {
  const message =
    'fal no longer has the result of this request; look it up at fal by its request id, then resolve the job';
  const delayMs = isTerminal(job.status) ? null : scaled(context.policy, context.policy.reviewLookMs);
  await scheduleCheck(tx, attempt.id, { delayMs, slotFreed: true });
  await putInReview(context, tx, job.id, 'result_lost', jobError({ kind: 'result_lost', message }));
}
