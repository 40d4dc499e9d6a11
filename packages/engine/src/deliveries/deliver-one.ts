/**
 * One try of one delivery: signed, sent once, and its result written. Never throws: a try of which nothing is written is
 * made again when its lease ends, under the same webhook-id.
 */
import { type CallEnd, judgeAnswer } from '@reelay/core';
import { type ClaimedDelivery, type DeliveryTryRow, giveBackDelivery } from '@reelay/db';
import { guardedPost, type PostOutcome, PUBLIC_ONLY } from '@reelay/outbound';
import type { Context } from '../context.ts';
import { openLiveSecrets } from './live-secrets.ts';
import { recordTry } from './record-try.ts';
import { signatureHeaders } from './sign-delivery.ts';

const USER_AGENT = 'Reelay-Webhooks/1';
const DEADLINE_MS = 15_000;
const RESPONSE_KEPT_BYTES = 1024;
/** Until somebody has given the processes the secret that they had. */
const UNREADABLE_WAIT_MS = 60_000;

export interface HeldDelivery {
  readonly delivery: ClaimedDelivery;
  readonly lease: string;
}

export async function deliverOne(context: Context, held: HeldDelivery, signal: AbortSignal): Promise<void> {
  const { delivery } = held;
  const named = { deliveryId: delivery.id, endpointId: delivery.endpoint_id };
  try {
    await context.failpoint('delivery.claimed');
    const secrets = await openLiveSecrets(context, delivery.endpoint_id, delivery.project_id);
    if (secrets === null) {
      context.log.error(
        named,
        'a signing secret cannot be opened: is REELAY_WEBHOOK_SECRET the one it was sealed with?',
      );
      return await giveBack(context, held, UNREADABLE_WAIT_MS);
    }
    const outcome = await send(context, delivery, secrets, signal);
    if (outcome.kind === 'failed' && outcome.reason === 'aborted') return await giveBack(context, held, 0);
    await context.failpoint('delivery.answered');
    const isOurs = await recordTry(context, { ...held, verdict: verdictOf(context, outcome), row: tryOf(outcome) });
    if (!isOurs) context.log.warn(named, 'a delivery ended after its lease; it is made again');
    await context.failpoint('delivery.committed');
  } catch (err) {
    context.log.warn({ err, ...named }, 'nothing is known of a delivery; it is made again when its lease ends');
  }
}

function send(
  { outbound = PUBLIC_ONLY, now }: Context,
  { url, event_id: id, event_seq, body }: ClaimedDelivery,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<PostOutcome> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'reelay-event-seq': String(event_seq),
    ...signatureHeaders({ secrets, id, atMs: now(), body }),
  };
  return guardedPost({ url, policy: outbound, headers, body, timeoutMs: DEADLINE_MS, signal });
}

function giveBack({ db }: Context, { delivery, lease }: HeldDelivery, waitMs: number): Promise<void> {
  return giveBackDelivery(db.prisma, { id: delivery.id, endpointId: delivery.endpoint_id, lease }, waitMs);
}

function verdictOf({ now }: Context, outcome: PostOutcome) {
  const end: CallEnd = outcome;
  return judgeAnswer(end, now());
}

function tryOf(outcome: PostOutcome): DeliveryTryRow {
  const tookMs = Math.round(outcome.tookMs);
  if (outcome.kind !== 'answered') {
    const error = outcome.kind === 'blocked' ? `blocked: ${outcome.reason}` : outcome.reason;
    return { status: null, error, tookMs, response: null };
  }
  const { status, bodyStart } = outcome;
  const isRedirect = status >= 300 && status < 400;
  const isWell = status >= 200 && status < 300;
  const error = isWell ? null : isRedirect ? 'redirects are not followed' : `answered ${status}`;
  return { status, error, tookMs, response: startOf(bodyStart) };
}

/** Its first bytes, without half a character. */
function startOf(text: string): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, RESPONSE_KEPT_BYTES), { stream: true });
}
