/** What stands in the ledger for a request of fal. */
import type { Tx } from '../client.ts';

export interface ChargedRow {
  /** Null: nothing was charged. */
  readonly charged_nano_usd: bigint | null;
  readonly basis: string | null;
}

/** The charge of an attempt, or of its orphan acceptance, with the adjustments of that request. The caller holds both locks. */
export async function readCharged(
  tx: Tx,
  {
    attemptId,
    requestId,
    orphan,
  }: { readonly attemptId: string; readonly requestId: string; readonly orphan: boolean },
): Promise<ChargedRow> {
  const [row] = await tx.$queryRaw<ChargedRow[]>`
    SELECT CASE WHEN count(*) FILTER (WHERE kind <> 'adjust') > 0 THEN sum(amount_nano_usd) END::bigint AS charged_nano_usd,
      max(basis) FILTER (WHERE kind <> 'adjust') AS basis
    FROM ledger_entries
    WHERE attempt_id = ${attemptId} AND (
      (kind = 'adjust' AND request_id = ${requestId})
      OR (${orphan} AND kind = 'orphan_charge' AND request_id = ${requestId})
      OR (NOT ${orphan} AND kind = 'charge')
    )`;
  return row ?? { charged_nano_usd: null, basis: null };
}

/** Whether the attempt itself was charged. */
export async function hasCharge(tx: Tx, attemptId: string): Promise<boolean> {
  return (await tx.ledgerEntry.count({ where: { attempt_id: attemptId, kind: 'charge' } })) > 0;
}

/** Whether what was reserved for the attempt was given back. */
export async function isReleased(tx: Tx, attemptId: string): Promise<boolean> {
  return (await tx.ledgerEntry.count({ where: { attempt_id: attemptId, kind: 'release' } })) > 0;
}

/** Whose a billed request is: an orphan acceptance of an attempt, or an attempt itself. */
export async function findBilled(
  tx: Tx,
  requestId: string,
): Promise<{ readonly attemptId: string; readonly orphan: boolean } | null> {
  const [row] = await tx.$queryRaw<{ attempt_id: string; orphan: boolean }[]>`
    SELECT attempt_id, orphan FROM (
      SELECT attempt_id, true AS orphan FROM orphan_acceptances WHERE request_id = ${requestId}
      UNION ALL SELECT id, false FROM attempts WHERE request_id = ${requestId}
    ) AS holder ORDER BY orphan DESC LIMIT 1`;
  return row ? { attemptId: row.attempt_id, orphan: row.orphan } : null;
}
