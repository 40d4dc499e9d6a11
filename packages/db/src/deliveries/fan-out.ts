/**
 * Which endpoints an event is for is decided once, in the transaction that gives it its number: an event that is in the
 * log has its deliveries. A disabled endpoint's wait with it.
 */
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { throttleProgress } from './throttle-progress.ts';

/**
 * Whether event `e` is for endpoint `p` of its project. A bare callback_url has its own events, a test is for its endpoint
 * alone, and what happened to an endpoint is for the others.
 */
export const IS_FOR_ENDPOINT = Prisma.sql`
  (CASE WHEN p.kind = 'callback' THEN p.url = e.callback_url
    WHEN e.type = 'endpoint.test' THEN p.id = e.subject_id
    WHEN e.type LIKE 'endpoint.%' AND p.id = e.subject_id THEN false
    ELSE p.event_types = '{}' OR e.type = ANY(p.event_types) END)`;

/** For the `count` events of the project that were numbered last, under the head's lock. */
export async function fanOut(tx: Tx, projectId: string, count: number): Promise<void> {
  const coming = Prisma.sql`
    SELECT e.id, e.seq, e.type, e.subject_id, e.callback_url FROM events e JOIN event_heads h USING (project_id)
    WHERE project_id = ${projectId} AND e.seq > h.last_seq - ${count}::int`;
  await tx.$executeRaw`
    INSERT INTO endpoints (project_id, kind, url)
    SELECT DISTINCT ${projectId}, 'callback', callback_url FROM (${coming}) c WHERE callback_url IS NOT NULL
    ORDER BY callback_url
    ON CONFLICT (project_id, url) WHERE kind = 'callback' DO NOTHING`;
  const added = await tx.$queryRaw<{ endpoint_id: string }[]>`
    WITH added AS (
      INSERT INTO deliveries (endpoint_id, event_id, event_seq)
      SELECT p.id, e.id, e.seq FROM (${coming}) e
      JOIN endpoints p ON p.project_id = ${projectId} AND p.deleted_at IS NULL AND ${IS_FOR_ENDPOINT}
      ORDER BY e.seq
      RETURNING endpoint_id
    )
    SELECT DISTINCT endpoint_id FROM added`;
  if (added.length > 0) await throttleProgress(tx, projectId, coming);
  await wakeEndpoints(
    tx,
    added.map(({ endpoint_id }) => endpoint_id),
  );
}

/** After their deliveries became due, in the same transaction. */
export async function wakeEndpoints(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`UPDATE endpoints SET next_due_at = least(next_due_at, now()) WHERE id = ANY(${[...ids]}::text[])`;
}
