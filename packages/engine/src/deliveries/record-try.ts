/**
 * What came of a try becomes true at once: of the delivery, of the endpoint's health, and of what the project is told. A
 * deliverer whose lease has passed on changes none of it.
 */
import { type AnswerVerdict, nextTryMs, noticeFor, overloadPauseMs, probePauseMs } from '@reelay/core';
import {
  type ClaimedDelivery,
  clearFailures,
  countFailure,
  type DeliveryTryRow,
  disableEndpoint,
  type EndpointHealth,
  inTransaction,
  lockUnhealthy,
  markDelivered,
  markTold,
  markTried,
  noteDue,
  type Tx,
  throttleEndpoint,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { tellOfEndpoint } from './tell-of-endpoint.ts';

type Recorder = Pick<Context, 'db' | 'policy' | 'log' | 'now' | 'random'>;

export interface Tried {
  readonly delivery: ClaimedDelivery;
  readonly lease: string;
  readonly verdict: AnswerVerdict;
  readonly row: DeliveryTryRow;
}

class LeaseLost extends Error {}

/** False when the lease was not the caller's any more. */
export async function recordTry(context: Recorder, tried: Tried): Promise<boolean> {
  const record = tried.verdict.kind === 'delivered' ? recordSuccess : recordFailure;
  try {
    await inTransaction(context.db, (tx) => record(context, tx, tried));
    return true;
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  }
}

async function recordSuccess(context: Recorder, tx: Tx, { delivery, lease, row }: Tried): Promise<void> {
  const endpoint = await lockUnhealthy(tx, delivery.endpoint_id);
  if (!(await markDelivered(tx, { id: delivery.id, lease }, row))) throw new LeaseLost();
  if (!endpoint) return;
  await clearFailures(tx, endpoint.id);
  if (endpoint.unwell) await tellOfEndpoint(context, tx, { type: 'endpoint.recovered', endpoint });
}

async function recordFailure(context: Recorder, tx: Tx, { delivery, lease, verdict, row }: Tried): Promise<void> {
  const endpoint = await countFailure(tx, delivery.endpoint_id);
  const waitMs = nextTryMs(context.policy, delivery.step + 1, context.random());
  if (!(await markTried(tx, { id: delivery.id, lease }, row, waitMs))) throw new LeaseLost();
  if (waitMs !== null) await noteDue(tx, endpoint.id, waitMs);
  if (verdict.kind === 'gone') return disable(context, tx, endpoint, 'gone');
  const pauseMs = pauseAfter(context, endpoint, verdict);
  if (pauseMs > 0) await throttleEndpoint(tx, endpoint.id, pauseMs);
  await tellOfFailing(context, tx, endpoint);
}

/** What it asked for, or what its overload calls for; and not before the breaker's next probe. */
function pauseAfter(context: Recorder, { failures_in_row: failures }: EndpointHealth, verdict: AnswerVerdict): number {
  const probeMs = probePauseMs(context.policy, failures, context.random()) ?? 0;
  if (verdict.kind !== 'retry') return probeMs;
  const overloadMs = verdict.overloaded ? overloadPauseMs(context.policy, failures) : 0;
  return Math.max(probeMs, verdict.pauseMs ?? overloadMs);
}

async function tellOfFailing(context: Recorder, tx: Tx, endpoint: EndpointHealth): Promise<void> {
  const percent = noticeFor(context.policy, endpoint.failing_ms);
  if (percent === null || percent <= endpoint.told_percent) return;
  await markTold(tx, endpoint.id, percent);
  if (percent === 100) return disable(context, tx, endpoint, 'failing');
  await tellOfEndpoint(context, tx, { type: 'endpoint.failing', endpoint, more: { percent } });
}

async function disable(context: Recorder, tx: Tx, endpoint: EndpointHealth, reason: 'gone' | 'failing'): Promise<void> {
  if (endpoint.state === 'disabled') return;
  await disableEndpoint(tx, endpoint.id, reason);
  await markTold(tx, endpoint.id, 100);
  await tellOfEndpoint(context, tx, { type: 'endpoint.disabled', endpoint, more: { reason } });
}
