/**
 * Taking due deliveries. An endpoint has a number of places and no claim of many workers takes more; whoever waited
 * longest is served first, so no endpoint lives at the cost of another. A lease is Postgres' time: what its holder has not
 * ended by then is due again.
 */
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';

export interface DeliveryClaim {
  readonly lease: string;
  readonly leaseMs: number;
  /** Deliveries that the caller has places for. */
  readonly limit: number;
  /** Calls to one endpoint at a time. */
  readonly perEndpoint: number;
  /** From so many failures in a row one at a time. */
  readonly breakerFailures: number;
}

export interface ClaimedDelivery {
  readonly id: string;
  readonly endpoint_id: string;
  readonly project_id: string;
  readonly url: string;
  readonly event_id: string;
  readonly event_seq: bigint;
  readonly body: string;
  readonly step: number;
}

/** In a transaction of its own: the endpoints stay locked until it ends, so that two claims don't count the same places. */
export async function claimDeliveries(tx: Tx, claim: DeliveryClaim): Promise<ClaimedDelivery[]> {
  const ids = await lockWaiting(tx, claim);
  if (ids.length === 0) return [];
  const claimed = await tx.$queryRaw<ClaimedDelivery[]>`
    WITH places AS (
      SELECT p.id, ${claim.perEndpoint}::int AS most, p.failures_in_row,
        (SELECT count(*) FROM deliveries d WHERE d.endpoint_id = p.id AND d.lease IS NOT NULL AND d.due_at > now()) AS taken
      FROM endpoints p WHERE p.id = ANY(${ids}::text[])
    ), due AS (
      SELECT d.id, d.due_at, d.event_seq, row_number() OVER (PARTITION BY places.id ORDER BY d.due_at, d.event_seq) AS turn
      FROM places CROSS JOIN LATERAL (
        SELECT id, due_at, event_seq FROM deliveries
        WHERE endpoint_id = places.id AND state = 'pending' AND due_at <= now()
        ORDER BY due_at, event_seq
        LIMIT greatest(0, CASE WHEN places.failures_in_row >= ${claim.breakerFailures}::int THEN 1 ELSE places.most END - places.taken)
      ) d
    ), taken AS (
      UPDATE deliveries SET lease = ${claim.lease}, due_at = ${fromNow(claim.leaseMs)}
      WHERE id IN (SELECT id FROM due ORDER BY turn, due_at LIMIT ${claim.limit}) AND state = 'pending' AND due_at <= now()
      RETURNING id, endpoint_id, event_id, event_seq, step
    )
    SELECT t.*, p.project_id, p.url, e.body
    FROM taken t JOIN endpoints p ON p.id = t.endpoint_id JOIN events e ON e.id = t.event_id ORDER BY t.event_seq`;
  await tx.$executeRaw`
    UPDATE endpoints p SET served_at = CASE WHEN id = ANY(${claimed.map(({ endpoint_id }) => endpoint_id)}::text[]) THEN now() ELSE served_at END,
      next_due_at = (SELECT min(due_at) FROM deliveries WHERE endpoint_id = p.id AND state = 'pending')
    WHERE id = ANY(${ids}::text[])`;
  return claimed;
}

/** Endpoints that may have something due and have a place; those that another claim holds are left to it. */
async function lockWaiting(tx: Tx, { limit, perEndpoint, breakerFailures }: DeliveryClaim): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM endpoints p
    WHERE state = 'enabled' AND next_due_at <= now() AND (throttled_until IS NULL OR throttled_until <= now())
      AND (SELECT count(*) FROM deliveries d WHERE d.endpoint_id = p.id AND d.lease IS NOT NULL AND d.due_at > now())
        < CASE WHEN failures_in_row >= ${breakerFailures}::int THEN 1 ELSE ${perEndpoint}::int END
    ORDER BY served_at NULLS FIRST LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED`;
  return rows.map(({ id }) => id);
}
