/**
 * What of a bill a person should look at: a request that is billed again, and a cost far above the estimate, whether fal's
 * answer says it or its bill; once per request.
 */
import { formatUsd } from '@reelay/core';
import { type AttemptWithJob, appendEvent, type BillingEventRow, raiseIncident, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';

export interface BilledSoFar {
  readonly event: BillingEventRow;
  readonly eventsBefore: number;
  readonly billedNanoUsd: bigint;
}

/** A factor of two and a half is exact. */
const FACTOR_PARTS = 1_000;

export async function raiseBillIncidents(
  context: Context,
  tx: Tx,
  loaded: AttemptWithJob,
  { event, eventsBefore, billedNanoUsd }: BilledSoFar,
): Promise<void> {
  const { attempt } = loaded;
  const { request_id: requestId, digest } = event;
  const about = { projectId: attempt.project_id, requestId, attemptId: attempt.id };
  const billed = formatUsd(billedNanoUsd);
  if (eventsBefore > 0) {
    const message = `fal billed request ${requestId} again, $${formatUsd(event.cost_nano_usd)} with another amount or time; $${billed} in all`;
    const detail = { events: eventsBefore + 1, billed };
    const id = newId(context, 'incident');
    await raiseIncident(tx, { id, ...about, kind: 'second_billing_event', key: digest, message, detail });
    context.log.error({ ...about, billed }, 'fal billed a request again');
  }
  await raiseIfFarAbove(context, tx, loaded, { requestId, costNanoUsd: billedNanoUsd, said: 'billed' });
}

export interface RequestCost {
  readonly requestId: string;
  readonly costNanoUsd: bigint;
  /** By its bill, or by the units of its answer. */
  readonly said: 'billed' | 'charged';
}

export async function raiseIfFarAbove(
  context: Context,
  tx: Tx,
  { attempt, job }: AttemptWithJob,
  { requestId, costNanoUsd, said }: RequestCost,
): Promise<void> {
  const about = { projectId: attempt.project_id, requestId, attemptId: attempt.id };
  const cost = formatUsd(costNanoUsd);
  const estimated = formatUsd(attempt.reserved_nano_usd);
  const factor = BigInt(Math.round(context.policy.costFarFactor * FACTOR_PARTS));
  if (costNanoUsd * BigInt(FACTOR_PARTS) <= attempt.reserved_nano_usd * factor) return;
  const says = said === 'billed' ? 'fal billed' : "by fal's units it is";
  const message = `${says} $${cost} for request ${requestId}, estimated at $${estimated}; ask fal, and check the model's price`;
  const detail = { estimated, [said]: cost, model: attempt.model };
  const id = newId(context, 'incident');
  const incident = { id, ...about, kind: 'cost_far_above_estimate', key: requestId, message, detail } as const;
  if (!(await raiseIncident(tx, incident))) return;
  await appendEvent(tx, {
    id: newId(context, 'event'),
    projectId: attempt.project_id,
    type: 'attempt.cost_far_above_estimate',
    subjectId: attempt.id,
    data: { attempt_id: attempt.id, job_id: job.id, fal_request_id: requestId, estimated, [said]: cost },
  });
  context.log.error({ ...about, estimated, [said]: cost }, 'a request cost far more than was estimated');
}
