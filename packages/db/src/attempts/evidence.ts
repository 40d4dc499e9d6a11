/** What is known of attempts whose answer was lost. */
import { type Evidence, type KeptEvidence, keepEvidence } from '@reelay/core';
import type { Tx } from '../client.ts';
import { jsonText } from '../json-text.ts';

/**
 * Adds a piece of evidence to an attempt whose outcome is, or was until this transaction, unknown. The row stays locked,
 * so that two pieces at once are both kept. What has ended keeps what it has.
 */
export async function addEvidence(tx: Tx, attemptId: string, piece: Evidence): Promise<void> {
  const [row] = await tx.$queryRaw<{ evidence: KeptEvidence[]; at: Date }[]>`
    SELECT evidence, now() AS at FROM attempts
    WHERE id = ${attemptId} AND state IN ('sending', 'unknown', 'accepted', 'lost') FOR NO KEY UPDATE`;
  if (!row) return;
  const evidence = keepEvidence(row.evidence, piece, row.at.toISOString());
  await tx.$executeRaw`UPDATE attempts SET evidence = ${jsonText(evidence)}::jsonb WHERE id = ${attemptId}`;
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

/**
 * Whether another attempt sent the very same input and has the better claim to a single match: an older unknown one, or
 * one whose sender may still bring its own answer.
 */
export async function hasRivalTwin(tx: Tx, attemptId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ twin: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM attempts a JOIN jobs j ON j.id = a.job_id
      JOIN attempts twin ON twin.state IN ('sending', 'unknown') AND twin.model = a.model AND twin.seed = a.seed
        AND twin.id <> a.id AND (twin.state = 'sending' OR (twin.sending_at, twin.id) < (a.sending_at, a.id))
      JOIN jobs tj ON tj.id = twin.job_id AND tj.input = j.input
      WHERE a.id = ${attemptId}
    ) AS twin`;
  return row?.twin ?? false;
}
