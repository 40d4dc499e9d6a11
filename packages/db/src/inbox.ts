/** fal's callbacks, stored before they are answered and read by settle. */
import type { Tx } from './client.ts';
import type { WebhookInbox } from './generated/client.ts';
import { jsonText } from './json-text.ts';

export interface Callback {
  readonly attemptId: string;
  readonly requestId: string;
  readonly failed: boolean;
  readonly stale: boolean;
  readonly payload: unknown;
  /** sha-256 of the body: the same callback delivered again is one row. */
  readonly digest: string;
}

/** More than fal ever sends for one attempt; whoever makes fal sign more of them fills no disk. */
export const CALLBACKS_PER_ATTEMPT_MAX = 20;

/**
 * `known`: this callback is stored already, or it is stale and a trusted one says of the same request what it could say.
 * `surplus`: the attempt has as many as it may keep.
 */
export async function insertCallback(tx: Tx, callback: Callback): Promise<'stored' | 'known' | 'surplus'> {
  const { attemptId, requestId, failed, stale, payload, digest } = callback;
  const [kept] = await tx.$queryRaw<{ rows: bigint; known: boolean | null }[]>`
    SELECT count(*) AS rows,
           bool_or(digest = ${digest} OR (${stale} AND NOT stale AND request_id = ${requestId})) AS known
    FROM webhook_inbox WHERE attempt_id = ${attemptId}`;
  if (kept?.known) return 'known';
  if (kept && kept.rows >= CALLBACKS_PER_ATTEMPT_MAX) return 'surplus';
  const won = await tx.$executeRaw`
    INSERT INTO webhook_inbox (attempt_id, request_id, failed, stale, payload, digest)
    VALUES (${attemptId}, ${requestId}, ${failed}, ${stale}, ${jsonText(payload)}::jsonb, ${digest})
    ON CONFLICT (attempt_id, digest) DO NOTHING`;
  return won === 1 ? 'stored' : 'known';
}

/** Callbacks of an attempt, the trusted ones first, oldest first. */
export function readCallbacks(tx: Tx, attemptId: string): Promise<WebhookInbox[]> {
  return tx.webhookInbox.findMany({
    where: { attempt_id: attemptId },
    // Unread ones come first, however many have been read.
    orderBy: [{ processed_at: { sort: 'asc', nulls: 'first' } }, { stale: 'asc' }, { id: 'asc' }],
    take: CALLBACKS_PER_ATTEMPT_MAX,
  });
}

/** Marks exactly the callbacks that were read: one that came meanwhile still has to be. */
export async function markProcessed(tx: Tx, callbacks: readonly WebhookInbox[]): Promise<void> {
  const ids = callbacks.map(({ id }) => id);
  await tx.$executeRaw`UPDATE webhook_inbox SET processed_at = now() WHERE id = ANY(${ids}::bigint[])`;
}
