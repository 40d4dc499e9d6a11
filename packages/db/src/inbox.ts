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
export type CallbackStored = 'stored' | 'known' | 'surplus' | 'unknown_attempt';

/** One statement: fal waits for it, and comes again for what it did not see answered. */
export async function insertCallback(tx: Tx, callback: Callback): Promise<CallbackStored> {
  const { attemptId, requestId, failed, stale, payload, digest } = callback;
  const [seen] = await tx.$queryRaw<{ expected: boolean; known: boolean; surplus: boolean; stored: boolean }[]>`
    WITH kept AS (
      SELECT count(*) >= ${CALLBACKS_PER_ATTEMPT_MAX} AS surplus,
        coalesce(bool_or(digest = ${digest} OR (${stale} AND NOT stale AND request_id = ${requestId})), false) AS known
      FROM webhook_inbox WHERE attempt_id = ${attemptId}
    ), stored AS (
      INSERT INTO webhook_inbox (attempt_id, request_id, failed, stale, payload, digest)
      SELECT a.id, ${requestId}, ${failed}, ${stale}, ${jsonText(payload)}::jsonb, ${digest}
      FROM attempts a, kept WHERE a.id = ${attemptId} AND NOT kept.known AND NOT kept.surplus
      ON CONFLICT (attempt_id, digest) DO NOTHING
      RETURNING id
    )
    SELECT EXISTS (SELECT 1 FROM attempts WHERE id = ${attemptId}) AS expected, kept.known, kept.surplus,
      EXISTS (SELECT 1 FROM stored) AS stored
    FROM kept`;
  if (!seen?.expected) return 'unknown_attempt';
  if (seen.stored) return 'stored';
  return seen.surplus && !seen.known ? 'surplus' : 'known';
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
