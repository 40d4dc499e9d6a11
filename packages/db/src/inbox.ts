/** fal's callbacks, stored before they are answered and read by settle. */
import type { Tx } from './client.ts';
import type { WebhookInbox } from './generated/client.ts';

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
            ${JSON.stringify(callback.payload ?? null)}::jsonb, ${callback.digest})
    ON CONFLICT (attempt_id, digest) DO NOTHING`;
  return won === 1;
}

/** Callbacks of an attempt, the trusted ones first, oldest first. Bounded: fal sends few. */
export function readCallbacks(tx: Tx, attemptId: string): Promise<WebhookInbox[]> {
  return tx.webhookInbox.findMany({
    where: { attempt_id: attemptId },
    orderBy: [{ stale: 'asc' }, { id: 'asc' }],
    take: 20,
  });
}

export async function markProcessed(tx: Tx, attemptId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE webhook_inbox SET processed_at = now() WHERE attempt_id = ${attemptId} AND processed_at IS NULL`;
}
