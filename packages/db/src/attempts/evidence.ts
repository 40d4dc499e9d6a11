/** What is known of attempts whose answer was lost, and of requests that nobody accounts for. */
import type { Tx } from '../client.ts';
import { jsonText } from '../json-text.ts';

const EVIDENCE_MAX = 20;

/** Adds what a look found to the attempt, keeping the last twenty. */
export async function addEvidence(tx: Tx, attemptId: string, look: object): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET evidence = (
      SELECT coalesce(jsonb_agg(seen ORDER BY place), '[]'::jsonb) FROM (
        SELECT seen, place
        FROM jsonb_array_elements(evidence || jsonb_build_array(${jsonText(look)}::jsonb || jsonb_build_object('at', now())))
          WITH ORDINALITY AS looks(seen, place)
        ORDER BY place DESC LIMIT ${EVIDENCE_MAX}
      ) AS last
    ) WHERE id = ${attemptId} AND state = 'unknown'`;
}

/** Those of the request ids that some attempt, or an orphan acceptance, holds already. */
export async function readBoundRequests(tx: Tx, requestIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ request_id: string }[]>`
    SELECT request_id FROM attempts WHERE request_id = ANY(${[...requestIds]}::text[])
    UNION SELECT request_id FROM orphan_acceptances WHERE request_id = ANY(${[...requestIds]}::text[])`;
  return new Set(rows.map((row) => row.request_id));
}

/** The attempt that a request of fal is bound to. */
export async function findRequestHolder(tx: Tx, requestId: string): Promise<string | null> {
  const holder = await tx.attempt.findUnique({ where: { request_id: requestId }, select: { id: true } });
  return holder?.id ?? null;
}

/** Whether an older unknown attempt sent the very same input: then a single match is that one's. */
export async function hasOlderTwin(tx: Tx, attemptId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ twin: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM attempts a JOIN jobs j ON j.id = a.job_id
      JOIN attempts older ON older.state = 'unknown' AND older.model = a.model AND older.seed = a.seed
        AND (older.sending_at, older.id) < (a.sending_at, a.id)
      JOIN jobs oj ON oj.id = older.job_id AND oj.input = j.input
      WHERE a.id = ${attemptId}
    ) AS twin`;
  return row?.twin ?? false;
}

/** Whether an attempt was sent at least so long ago, by Postgres' clock. */
export async function isSentSince(tx: Tx, attemptId: string, afterMs: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ since: boolean }[]>`
    SELECT sending_at + make_interval(secs => ${afterMs / 1000}::double precision) <= now() AS since
    FROM attempts WHERE id = ${attemptId}`;
  return row?.since ?? false;
}

export async function insertOrphan(
  tx: Tx,
  orphan: { requestId: string; attemptId: string; source: string },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO orphan_acceptances (request_id, attempt_id, source)
    VALUES (${orphan.requestId}, ${orphan.attemptId}, ${orphan.source}) ON CONFLICT DO NOTHING`;
}
