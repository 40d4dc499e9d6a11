/**
 * The event log. An event is written in the transaction of the change that it tells of, so neither is without the other,
 * and without a number: numbers are given to what is committed, so no change waits for another's.
 */
import type { EventType } from '@reelay/core';
import type { Tx } from './client.ts';

export interface NewEvent {
  readonly id: string;
  readonly projectId: string;
  readonly type: EventType;
  /** What it is about: a batch, a job, a budget's scope. */
  readonly subjectId: string;
  readonly data: object;
  /** The callback_url of the job or batch that it is about. */
  readonly callbackUrl?: string | null;
}

export function appendEvent(tx: Tx, event: NewEvent): Promise<void> {
  return appendEvents(tx, [event]);
}

/** The bodies are put together here for good. Their moment is the database's, the same as the rows'. */
export async function appendEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = (read: (event: NewEvent) => string) => events.map(read);
  await tx.$executeRaw`
    INSERT INTO events (id, project_id, type, subject_id, callback_url, body)
    SELECT e.id, e.project_id, e.type, e.subject_id, nullif(e.callback_url, ''), e.head
      || to_char(now()::timestamptz(3) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || e.tail
    FROM unnest(${column(({ id }) => id)}::text[], ${column(({ projectId }) => projectId)}::text[],
                ${column(({ type }) => type)}::text[], ${column(({ subjectId }) => subjectId)}::text[],
                ${column(({ callbackUrl }) => callbackUrl ?? '')}::text[],
                ${column(headOf)}::text[], ${column(tailOf)}::text[])
      WITH ORDINALITY AS e(id, project_id, type, subject_id, callback_url, head, tail, place)
    ORDER BY e.place`;
}

function headOf({ id, type }: NewEvent): string {
  return `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"timestamp":"`;
}

function tailOf({ projectId, data }: NewEvent): string {
  return `","project_id":${JSON.stringify(projectId)},"data":${JSON.stringify(data)}}`;
}

/** Projects with committed events that have no number. Costs nothing where there are none. */
export async function projectsToNumber(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ project_id: string }[]>`SELECT DISTINCT project_id FROM events WHERE seq IS NULL`;
  return rows.map(({ project_id }) => project_id);
}

/** One sequencer per project at a time; false when another is at work. Held until the transaction ends. */
export async function tryEventHeadLock(tx: Tx, projectId: string): Promise<boolean> {
  const held = await tx.$queryRaw<{ project_id: string }[]>`
    SELECT project_id FROM event_heads WHERE project_id = ${projectId} FOR UPDATE SKIP LOCKED`;
  return held.length > 0;
}

/**
 * Numbers up to `limit` events under the head's lock and returns how many. A statement of its own: it must see whatever
 * the lock's last holder has committed.
 */
export async function numberNextEvents(tx: Tx, projectId: string, limit: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    WITH coming AS (
      SELECT id, row_number() OVER (ORDER BY ordinal) AS place FROM events
      WHERE project_id = ${projectId} AND seq IS NULL ORDER BY ordinal LIMIT ${limit}
    ), numbered AS (
      UPDATE events e SET seq = h.last_seq + c.place FROM coming c, event_heads h
      WHERE e.id = c.id AND h.project_id = ${projectId}
      RETURNING e.id
    ), moved AS (
      UPDATE event_heads SET last_seq = last_seq + (SELECT count(*) FROM numbered) WHERE project_id = ${projectId}
    )
    SELECT count(*)::int AS count FROM numbered`;
  return row?.count ?? 0;
}
