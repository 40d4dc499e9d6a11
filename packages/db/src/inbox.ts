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

/** False when the same callback is stored already. */
export async function insertCallback(tx: Tx, callback: Callback): Promise<boolean> {
  const won = await tx.$executeRaw`
    INSERT INTO webhook_inbox (attempt_id, request_id, failed, stale, payload, digest)
    VALUES (${callback.attemptId}, ${callback.requestId}, ${callback.failed}, ${callback.stale},
            ${jsonText(callback.payload)}::jsonb, ${callback.digest})
    ON CONFLICT (attempt_id, digest) DO NOTHING`;
  return won === 1;
}

/** Callbacks of an attempt, the trusted ones first, oldest first. Bounded: fal sends few. */
export function readCallbacks(tx: Tx, attemptId: string): Promise<WebhookInbox[]> {
  return tx.webhookInbox.findMany({
    where: { attempt_id: attemptId },
    // Unread ones come first, however many have been read.
    orderBy: [{ processed_at: { sort: 'asc', nulls: 'first' } }, { stale: 'asc' }, { id: 'asc' }],
    take: 20,
  });
}

/** Marks exactly the callbacks that were read: one that came meanwhile still has to be. */
export async function markProcessed(tx: Tx, callbacks: readonly WebhookInbox[]): Promise<void> {
  const ids = callbacks.map(({ id }) => id);
  await tx.$executeRaw`UPDATE webhook_inbox SET processed_at = now() WHERE id = ANY(${ids}::bigint[])`;
}
