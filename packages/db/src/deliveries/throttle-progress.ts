/**
 * Progress for an endpoint that wants it seldom: of one batch the newest waits, and goes out when the first of those that
 * it replaces would have. Nothing that was begun is taken back, and what is skipped can be replayed.
 */
import type { Tx } from '../client.ts';
import type { Prisma } from '../generated/client.ts';

/** `coming`: the events (id, seq, type, subject_id, …) whose deliveries were just added, under the head's lock. */
export async function throttleProgress(tx: Tx, projectId: string, coming: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    WITH coming AS (${coming}), fresh AS (
      SELECT p.id, c.subject_id, p.progress_interval_ms AS every_ms, min(c.seq) AS first_seq
      FROM coming c JOIN endpoints p ON p.project_id = ${projectId} AND p.progress_interval_ms IS NOT NULL
      WHERE c.type = 'batch.progress' GROUP BY p.id, c.subject_id
    ), waiting AS (
      SELECT d.id, f.every_ms, d.event_seq = max(d.event_seq) OVER same AS is_newest,
        min(CASE WHEN d.event_seq < f.first_seq THEN d.due_at END) OVER same AS promised_at
      FROM fresh f
      JOIN deliveries d ON d.endpoint_id = f.id AND d.state = 'pending' AND d.lease IS NULL AND d.tries = 0
      JOIN events e ON e.id = d.event_id AND e.type = 'batch.progress' AND e.subject_id = f.subject_id
      WINDOW same AS (PARTITION BY f.id, f.subject_id)
    )
    UPDATE deliveries d SET state = CASE WHEN w.is_newest THEN 'pending' ELSE 'skipped' END,
      due_at = CASE WHEN w.is_newest THEN coalesce(w.promised_at, now() + make_interval(secs => w.every_ms / 1000.0)) ELSE d.due_at END
    FROM waiting w WHERE d.id = w.id AND d.state = 'pending' AND d.lease IS NULL`;
}
