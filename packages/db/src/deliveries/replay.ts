/**
 * Making events due again for an endpoint, by the same row each: the delivery keeps its id and its log, and its place in
 * the schedule begins anew. Events from before the endpoint get the row that they did not have; the
 * filter counts as it is now.
 */
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { IS_FOR_ENDPOINT, wakeEndpoints } from './fan-out.ts';

/** All that is given must hold. */
export interface ReplayRange {
  readonly eventId?: string;
  readonly afterSeq?: bigint;
  readonly since?: Date;
  /** Not itself. */
  readonly until?: Date;
}

export interface Replay {
  readonly endpointId: string;
  readonly range: ReplayRange;
  /** Those that it has had are left alone. */
  readonly missedOnly: boolean;
}

/** Under the endpoint's lock; an event that is just being forgotten is passed over. Up to `limit` events; returns how many, and up to which number it came when there is more. */
export async function replayEvents(
  tx: Tx,
  { endpointId, range, missedOnly }: Replay,
  limit: number,
): Promise<{ readonly count: number; readonly stoppedAt: bigint | null }> {
  const had = missedOnly
    ? Prisma.sql`AND NOT EXISTS (SELECT 1 FROM deliveries h WHERE h.endpoint_id = p.id AND h.event_id = e.id AND h.state = 'delivered')`
    : Prisma.empty;
  const rows = await tx.$queryRaw<{ event_seq: bigint }[]>`
    INSERT INTO deliveries AS d (endpoint_id, event_id, event_seq)
    SELECT p.id, e.id, e.seq FROM endpoints p JOIN events e ON e.project_id = p.project_id
    WHERE p.id = ${endpointId} AND e.seq IS NOT NULL AND ${inRange(range)} AND ${IS_FOR_ENDPOINT} ${had}
    ORDER BY e.seq LIMIT ${limit} FOR KEY SHARE OF e
    ON CONFLICT (endpoint_id, event_id) DO UPDATE SET state = 'pending', step = 0,
      due_at = CASE WHEN d.lease IS NULL THEN now() ELSE d.due_at END
    RETURNING event_seq`;
  if (rows.length > 0) await wakeEndpoints(tx, [endpointId]);
  const last = rows.reduce((most, { event_seq }) => (event_seq > most ? event_seq : most), 0n);
  return { count: rows.length, stoppedAt: rows.length < limit ? null : last };
}

function inRange({ eventId, afterSeq, since, until }: ReplayRange): Prisma.Sql {
  const conditions = [Prisma.sql`true`];
  if (eventId !== undefined) conditions.push(Prisma.sql`e.id = ${eventId}`);
  if (afterSeq !== undefined) conditions.push(Prisma.sql`e.seq > ${afterSeq}`);
  if (since !== undefined) conditions.push(Prisma.sql`e.created_at >= ${since}`);
  if (until !== undefined) conditions.push(Prisma.sql`e.created_at < ${until}`);
  return Prisma.join(conditions, ' AND ');
}
