/**
 * Writing to the ledger. Entries are unique per attempt and kind, those for an orphan acceptance per request, and those
 * that follow fal's bill per event, so a second settle of the same outcome writes nothing.
 */
import type { Tx } from './client.ts';

export interface LedgerLine {
  readonly kind: 'release' | 'charge' | 'orphan_charge' | 'adjust';
  readonly amountNanoUsd: bigint;
  readonly basis: string;
  /** The orphan acceptance that is charged; attempts stand for themselves. */
  readonly requestId?: string;
  /** The event of fal's bill that an adjustment follows. */
  readonly eventDigest?: string;
}

/** Appends entries for one attempt, to be folded into the budgets by the next dispatch. */
export async function appendLedger(tx: Tx, attemptId: string, lines: readonly LedgerLine[]): Promise<void> {
  for (const line of lines) {
    await tx.$executeRaw`
      WITH entry AS (
        INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis, request_id, event_digest)
        SELECT project_id, batch_id, job_id, id, ${line.kind}, ${line.amountNanoUsd}::bigint, ${line.basis}, ${line.requestId ?? null}, ${line.eventDigest ?? null}
        FROM attempts WHERE id = ${attemptId}
        ON CONFLICT (attempt_id, kind, request_id, event_digest) DO NOTHING
        RETURNING id
      )
      INSERT INTO ledger_unfolded (entry_id) SELECT id FROM entry`;
  }
}
