/**
 * What the log forgets. Of a project the oldest events go first and none is left out, so that the numbers of what is kept
 * have no gaps; an event that an endpoint has not had is kept, and with it all that follow.
 */
import type { Db, Tx } from '../client.ts';
import { limitStep } from '../patrol.ts';

const PROJECTS_MAX = 100;
const EVENTS_MAX = 1_000;
const TRIES_MAX = 5_000;

/** Projects that have events older than 90 days. */
export async function projectsToPrune(db: Db): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ project_id: string }[]>`
    SELECT DISTINCT project_id FROM (
      SELECT project_id FROM events WHERE created_at < now() - interval '90 days' AND seq IS NOT NULL
      ORDER BY created_at LIMIT ${PROJECTS_MAX * EVENTS_MAX}
    ) old LIMIT ${PROJECTS_MAX}`;
  return rows.map(({ project_id }) => project_id);
}

/** Under the head's lock, which the fan-out holds too. Returns how many events went: at most a thousand. */
export async function pruneEvents(tx: Tx, projectId: string): Promise<number> {
  await limitStep(tx);
  const gone = await tx.$queryRaw<{ id: string }[]>`
    WITH kept AS (
      SELECT least(
        (SELECT seq FROM events WHERE project_id = ${projectId} AND seq IS NOT NULL AND created_at >= now() - interval '90 days'
         ORDER BY seq LIMIT 1),
        (SELECT min(owed.event_seq) FROM endpoints p CROSS JOIN LATERAL (
           SELECT d.event_seq FROM deliveries d
           WHERE d.endpoint_id = p.id AND d.state IN ('pending', 'failed') AND is_delivery_owed(d.state, p)
           ORDER BY d.event_seq LIMIT 1) owed
         WHERE p.project_id = ${projectId})
      ) AS from_seq
    )
    SELECT id FROM events, kept
    WHERE project_id = ${projectId} AND seq IS NOT NULL AND created_at < now() - interval '90 days'
      AND (kept.from_seq IS NULL OR seq < kept.from_seq)
    ORDER BY seq LIMIT ${EVENTS_MAX} FOR UPDATE OF events`;
  const ids = gone.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await tx.$executeRaw`
    DELETE FROM delivery_tries WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id = ANY(${ids}::text[]))`;
  await tx.$executeRaw`DELETE FROM deliveries WHERE event_id = ANY(${ids}::text[])`;
  return tx.$executeRaw`DELETE FROM events WHERE id = ANY(${ids}::text[])`;
}

/** The log of tries is kept for 30 days, whatever became of the delivery. */
export async function pruneTries(db: Db): Promise<void> {
  await db.prisma.$executeRaw`
    DELETE FROM delivery_tries WHERE id IN (
      SELECT id FROM delivery_tries WHERE tried_at < now() - interval '30 days' ORDER BY tried_at LIMIT ${TRIES_MAX})`;
}
