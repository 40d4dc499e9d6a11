/**
 * What a block's hash is taken over: the hash of the block before and every word of its entries, in their order. Two
 * ledgers have the same text only if they say the same.
 */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface SealedEntry {
  readonly id: bigint;
  readonly projectId: string;
  readonly batchId: string | null;
  readonly jobId: string;
  readonly attemptId: string;
  readonly kind: string;
  readonly amountNanoUsd: NanoUsd;
  readonly basis: string;
  readonly requestId: string | null;
  /** The event of the bill that an adjustment is for. */
  readonly eventDigest: string | null;
  readonly createdAt: Date;
}

/** Before the first block there is nothing. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

export function sealText(n: bigint, previousHash: string, entries: readonly SealedEntry[]): string {
  return [JSON.stringify(['reelay-ledger-1', String(n), previousHash]), ...entries.map(entryText)].join('\n');
}

function entryText(entry: SealedEntry): string {
  return JSON.stringify([
    String(entry.id),
    entry.projectId,
    entry.batchId,
    entry.jobId,
    entry.attemptId,
    entry.kind,
    String(entry.amountNanoUsd),
    entry.basis,
    entry.requestId,
    entry.createdAt.toISOString(),
    // What an entry does not have leaves no trace, so that blocks from before it was known still hold.
    ...(entry.eventDigest === null ? [] : [entry.eventDigest]),
  ]);
}
