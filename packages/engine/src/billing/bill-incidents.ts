/** What of a bill a person should look at: a request that is billed again, and a cost far above the estimate. */
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
  { attempt, job }: AttemptWithJob,
  { event, eventsBefore, billedNanoUsd }: BilledSoFar,
): Promise<void> {
  const { request_id: requestId, digest } = event;
  const about = { projectId: attempt.project_id, requestId, attemptId: attempt.id };
  const billed = formatUsd(billedNanoUsd);
  const estimated = formatUsd(attempt.reserved_nano_usd);
  if (eventsBefore > 0) {
    const message = `fal billed request ${requestId} again, $${formatUsd(event.cost_nano_usd)} with another amount or time; $${billed} in all`;
    const detail = { events: eventsBefore + 1, billed };
    const id = newId(context, 'incident');
    await raiseIncident(tx, { id, ...about, kind: 'second_billing_event', key: digest, message, detail });
    context.log.error({ ...about, billed }, 'fal billed a request again');
  }
  const factor = BigInt(Math.round(context.policy.costFarFactor * FACTOR_PARTS));
  if (billedNanoUsd * BigInt(FACTOR_PARTS) <= attempt.reserved_nano_usd * factor) return;
  const message = `fal billed $${billed} for request ${requestId}, estimated at $${estimated}; ask fal, and check the model's price`;
  const detail = { estimated, billed, model: attempt.model };
  const id = newId(context, 'incident');
  const incident = { id, ...about, kind: 'cost_far_above_estimate', key: requestId, message, detail } as const;
  if (!(await raiseIncident(tx, incident))) return;
  await appendEvent(tx, {
    id: newId(context, 'event'),
    projectId: attempt.project_id,
    type: 'attempt.cost_far_above_estimate',
    subjectId: attempt.id,
    data: { attempt_id: attempt.id, job_id: job.id, fal_request_id: requestId, estimated, billed },
  });
  context.log.error({ ...about, estimated, billed }, 'fal billed far more than was estimated');
}
