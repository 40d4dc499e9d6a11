import type { Tx } from '@reelay/db';

/**
 * The door's last word, inside the transaction that creates something: it may seal an idempotency key there, or discard
 * what was made. What it throws rolls the transaction back.
 */
export type BeforeCommit = (tx: Tx, id: string) => Promise<'commit' | 'discard'>;

/** Rolls a transaction back without being a failure. */
export class Discarded extends Error {
  override readonly name = 'Discarded';
  constructor() {
    super('discarded before commit');
  }
}

export async function askBeforeCommit(tx: Tx, id: string, beforeCommit: BeforeCommit | undefined): Promise<void> {
  if (beforeCommit && (await beforeCommit(tx, id)) === 'discard') throw new Discarded();
}

/** Null when the work was discarded. */
export async function unlessDiscarded<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Discarded) return null;
    throw error;
  }
}
