/**
 * Derives every balance again, from the entries and from the attempts, and follows the chain of sealed blocks to its
 * head. Reads one moment of the database, also while it runs, and changes nothing.
 */
import { FIRST_PREVIOUS_HASH } from '@reelay/core';
import {
  countSealFaults,
  countUnsealed,
  inSnapshot,
  LEDGER_QUESTIONS,
  type LedgerFault,
  readBlockHash,
  readBlocks,
  readSealedEntries,
  type Tx,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { hashOf } from './seal-ledger.ts';

export interface LedgerCheck {
  readonly claim: string;
  /** Empty when it holds; the first twenty otherwise. */
  readonly faults: readonly LedgerFault[];
}

export interface LedgerAudit {
  readonly checks: readonly LedgerCheck[];
  readonly seal: {
    readonly blocks: number;
    readonly entries: number;
    readonly unsealed: number;
    readonly head: string;
  };
}

/** A head of the chain that was given out, by a statement or by an earlier audit. */
export interface KnownHead {
  readonly n: bigint;
  readonly hash: string;
}

const AUDIT_MAX_MS = 3_600_000;
const BLOCKS_PER_PAGE = 20;
const FAULTS_MAX = 20;

export function auditLedger({ db }: Pick<Context, 'db'>, heads: readonly KnownHead[] = []): Promise<LedgerAudit> {
  return inSnapshot(
    db,
    async (tx) => {
      const checks: LedgerCheck[] = [];
      for (const { claim, ask } of LEDGER_QUESTIONS) checks.push({ claim, faults: await ask(tx) });
      const chain = await followChain(tx);
      checks.push({ claim: 'every sealed block holds its entries as they were', faults: chain.faults });
      checks.push({ claim: 'every entry is sealed once, or waits for it', faults: await misplaced(tx) });
      const claim = 'every head that was given out is a block of this chain';
      if (heads.length > 0) checks.push({ claim, faults: await rewritten(tx, heads) });
      const { blocks, entries, head } = chain;
      return { checks, seal: { blocks, entries, unsealed: await countUnsealed(tx), head } };
    },
    AUDIT_MAX_MS,
  );
}

async function followChain(tx: Tx) {
  const faults: LedgerFault[] = [];
  let previous = { n: 0n, hash: FIRST_PREVIOUS_HASH };
  let entries = 0;
  for (;;) {
    const blocks = await readBlocks(tx, previous.n, BLOCKS_PER_PAGE);
    for (const block of blocks) {
      const found = await readSealedEntries(tx, block.entry_ids);
      const subject = `block ${block.n}`;
      if (block.n !== previous.n + 1n) faults.push({ subject, said: `follows block ${previous.n}: some are missing` });
      if (block.previous_hash !== previous.hash)
        faults.push({ subject, said: 'does not hold the hash of the one before' });
      if (found.length !== block.entry_ids.length) {
        faults.push({ subject, said: `sealed ${block.entry_ids.length} entries, ${found.length} are left` });
      } else if (hashOf(block.n, block.previous_hash, found) !== block.hash) {
        faults.push({ subject, said: `one of the entries ${found[0]?.id} to ${found.at(-1)?.id} was changed` });
      }
      entries += block.entry_ids.length;
      previous = block;
    }
    if (blocks.length < BLOCKS_PER_PAGE) break;
  }
  return { faults: faults.slice(0, FAULTS_MAX), blocks: Number(previous.n), entries, head: previous.hash };
}

/** Who rewrote the chain made new hashes, and did not have the old ones back from those who keep them. */
async function rewritten(tx: Tx, heads: readonly KnownHead[]): Promise<LedgerFault[]> {
  const faults: LedgerFault[] = [];
  for (const { n, hash } of heads) {
    const found = await readBlockHash(tx, n);
    const said = found === null ? 'there is no such block any more' : `the block's hash is ${found} now`;
    if (found !== hash) faults.push({ subject: `${n}:${hash}`, said });
  }
  return faults;
}

async function misplaced(tx: Tx): Promise<LedgerFault[]> {
  const { doubled, unlisted } = await countSealFaults(tx);
  return [
    ...(doubled > 0 ? [{ subject: 'seal', said: `${doubled} entries are in more than one place` }] : []),
    ...(unlisted > 0 ? [{ subject: 'seal', said: `${unlisted} entries came in without being listed for a seal` }] : []),
  ];
}
