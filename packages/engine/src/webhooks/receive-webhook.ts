/**
 * Takes one of fal's callbacks: token first (cheap, constant time), then signature over the raw bytes, then one inbox row,
 * and only then may the door answer 2xx. A forged one changes nothing; a stale but authentic one is a hint to look.
 * The same callback again is the same row, also when it is replayed after its time, and rows per attempt are bounded.
 */
import { createHash } from 'node:crypto';
import { insertCallback } from '@reelay/db';
import type { ForgedReason, WebhookHeaders } from '@reelay/fal';
import { type Context, enqueueAfterCommit } from '../context.ts';

export interface IncomingCallback {
  readonly attemptId: string;
  readonly token: string;
  readonly headers: WebhookHeaders;
  readonly rawBody: Uint8Array;
}

export type ReceiveReport =
  | { readonly kind: 'stored' | 'stale'; readonly settled: Promise<void> }
  | { readonly kind: 'duplicate' | 'surplus' }
  | { readonly kind: 'forged'; readonly reason: string }
  /** Perhaps genuine: fal's keys were never had. fal has to deliver again. */
  | { readonly kind: 'unverifiable' }
  | { readonly kind: 'unknown_attempt' };

/** `settled` resolves once the settle task is enqueued; the door answers without waiting for it. */
export async function receiveWebhook(context: Context, incoming: IncomingCallback): Promise<ReceiveReport> {
  if (!context.fal.isWebhookToken(incoming.attemptId, incoming.token)) return { kind: 'forged', reason: 'token' };
  const verdict = await context.fal.verifyWebhook(incoming.headers, incoming.rawBody, context.now());
  if (verdict.kind === 'forged') return refusal(verdict.reason);
  const { callback } = verdict;
  const stale = verdict.kind === 'stale';
  const digest = createHash('sha256')
    .update(incoming.rawBody)
    .update(stale ? 'stale' : '')
    .digest('hex');
  await context.failpoint('webhook.before_commit');
  const stored = await insertCallback(context.db.prisma, { attemptId: incoming.attemptId, stale, digest, ...callback });
  await context.failpoint('webhook.committed');
  if (stored === 'unknown_attempt') return { kind: stored };
  if (stored !== 'stored') return { kind: stored === 'known' ? 'duplicate' : 'surplus' };
  return { kind: stale ? 'stale' : 'stored', settled: enqueueAfterCommit(context, 'settle', [incoming.attemptId]) };
}

function refusal(reason: ForgedReason): ReceiveReport {
  return reason === 'keys_unavailable' ? { kind: 'unverifiable' } : { kind: 'forged', reason };
}
