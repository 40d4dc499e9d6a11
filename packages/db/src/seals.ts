/** The ledger's blocks and what still waits for one. */
import { FIRST_PREVIOUS_HASH, type SealedEntry } from '@reelay/core';
import type { Db, Tx } from './client.ts';
import type { LedgerBlock, LedgerEntry } from './generated/client.ts';

export type BlockRow = LedgerBlock;

/** One sealer at a time; false when another is at work. Held until the transaction ends. */
export async function trySealLock(tx: Tx): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ held: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('reelay.ledger.seal', 0)) AS held`;
  return row?.held ?? false;
}

/** Takes up to `limit` committed entries off the list of those to be sealed, oldest first. Throws when one of them is gone. */
export async function takeUnsealed(tx: Tx, limit: number): Promise<SealedEntry[]> {
  const rows = await tx.$queryRaw<(LedgerEntry & { readonly entry_id: bigint })[]>`
    WITH taken AS (
      DELETE FROM ledger_unsealed
      WHERE entry_id IN (SELECT entry_id FROM ledger_unsealed ORDER BY entry_id LIMIT ${limit})
      RETURNING entry_id
    )
    SELECT taken.entry_id, e.* FROM taken LEFT JOIN ledger_entries e ON e.id = taken.entry_id ORDER BY taken.entry_id`;
  const gone = rows.find(({ id }) => id === null);
  if (gone) throw new Error(`ledger entry ${gone.entry_id} was deleted before it was sealed; run the audit`);
  return rows.map(sealedEntry);
}

export interface Head {
  readonly n: bigint;
  readonly hash: string;
  readonly sealedAt: Date | null;
}

/** The last block; block 0 stands for an empty chain. */
export async function readHead(tx: Tx): Promise<Head> {
  const last = await tx.ledgerBlock.findFirst({ orderBy: { n: 'desc' } });
  return last
    ? { n: last.n, hash: last.hash, sealedAt: last.sealed_at }
    : { n: 0n, hash: FIRST_PREVIOUS_HASH, sealedAt: null };
}

export async function insertBlock(
  tx: Tx,
  block: { n: bigint; previousHash: string; hash: string; entryIds: readonly bigint[] },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO ledger_blocks (n, previous_hash, hash, entry_ids)
    VALUES (${block.n}, ${block.previousHash}, ${block.hash}, ${block.entryIds.map(String)}::text[]::bigint[])`;
}

/** Entries that no block holds yet. */
export async function countUnsealed(tx: Tx): Promise<number> {
  return tx.ledgerUnsealed.count();
}

export async function hasUnsealed(db: Db): Promise<boolean> {
  return (await db.prisma.ledgerUnsealed.findFirst()) !== null;
}

/** The hash of a block; null where there is none. */
export async function readBlockHash(tx: Tx, n: bigint): Promise<string | null> {
  return (await tx.ledgerBlock.findUnique({ where: { n }, select: { hash: true } }))?.hash ?? null;
}

export function readBlocks(tx: Tx, afterN: bigint, limit: number): Promise<BlockRow[]> {
  return tx.ledgerBlock.findMany({ where: { n: { gt: afterN } }, orderBy: { n: 'asc' }, take: limit });
}

/** Those of the ids that are there. */
export async function readSealedEntries(tx: Tx, ids: readonly bigint[]): Promise<SealedEntry[]> {
  const rows = await tx.$queryRaw<LedgerEntry[]>`
    SELECT * FROM ledger_entries WHERE id = ANY(${ids.map(String)}::text[]::bigint[]) ORDER BY id`;
  return rows.map(sealedEntry);
}

export interface SealCounts {
  /** In a block and still on the list, or in two blocks. */
  readonly doubled: number;
  /** Neither in a block nor on the list: they came in behind the sealer's back. */
  readonly unlisted: number;
}

export async function countSealFaults(tx: Tx): Promise<SealCounts> {
  const [row] = await tx.$queryRaw<{ doubled: number; unlisted: number }[]>`
    WITH placed AS (
      SELECT unnest(entry_ids) AS id FROM ledger_blocks UNION ALL SELECT entry_id FROM ledger_unsealed
    ), places AS (SELECT id, count(*) AS times FROM placed GROUP BY id)
    SELECT (count(*) FILTER (WHERE p.times > 1))::int AS doubled, (count(*) FILTER (WHERE p.times IS NULL))::int AS unlisted
    FROM ledger_entries e LEFT JOIN places p ON p.id = e.id`;
  return row ?? { doubled: 0, unlisted: 0 };
}

function sealedEntry(row: LedgerEntry): SealedEntry {
  return {
    id: row.id,
    projectId: row.project_id,
    batchId: row.batch_id,
    jobId: row.job_id,
    attemptId: row.attempt_id,
    kind: row.kind,
    amountNanoUsd: row.amount_nano_usd,
    basis: row.basis,
    requestId: row.request_id,
    eventDigest: row.event_digest,
    createdAt: row.created_at,
  };
}
