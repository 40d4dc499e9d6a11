/**
 * Hashes committed entries that no block holds yet into blocks. Follows behind the ledger, so that no settle waits for
 * another; one sealer works at a time, and one that dies leaves what it had taken to the next.
 */
import { createHash } from 'node:crypto';
import { type SealedEntry, sealText } from '@reelay/core';
import { insertBlock, inTransaction, readHead, takeUnsealed, trySealLock } from '@reelay/db';
import type { Context } from '../context.ts';

const BLOCK_MAX = 1_000;
/** A sealer leaves the rest to its next round rather than work for ever behind a busy ledger. */
const BLOCKS_PER_ROUND = 100;

/** Returns how many entries were sealed. */
export async function sealLedger(context: Pick<Context, 'db'>, blockMax = BLOCK_MAX): Promise<number> {
  let sealed = 0;
  for (let i = 0; i < BLOCKS_PER_ROUND; i++) {
    const count = await sealBlock(context, blockMax);
    sealed += count;
    if (count < blockMax) break;
  }
  return sealed;
}

function sealBlock({ db }: Pick<Context, 'db'>, blockMax: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    if (!(await trySealLock(tx))) return 0;
    const entries = await takeUnsealed(tx, blockMax);
    if (entries.length === 0) return 0;
    const head = await readHead(tx);
    const n = head.n + 1n;
    const hash = hashOf(n, head.hash, entries);
    await insertBlock(tx, { n, previousHash: head.hash, hash, entryIds: entries.map(({ id }) => id) });
    return entries.length;
  });
}

export function hashOf(n: bigint, previousHash: string, entries: readonly SealedEntry[]): string {
  return createHash('sha256')
    .update(sealText(n, previousHash, entries))
    .digest('hex');
}
