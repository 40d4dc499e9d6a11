/**
 * Forgets events that are older than 90 days and that every endpoint has had, and tries older than 30. Numbers are never
 * given again: a reader who comes after so long sees where the log begins.
 */
import { inTransaction, projectsToPrune, pruneEvents, pruneTries, tryEventHeadLock } from '@reelay/db';
import type { Context } from '../context.ts';

/** A round's work for one project; the rest is the next round's. */
const TRANSACTIONS_PER_ROUND = 10;

export async function pruneLog({ db }: Pick<Context, 'db'>): Promise<number> {
  let pruned = 0;
  for (const projectId of await projectsToPrune(db)) {
    for (let i = 0; i < TRANSACTIONS_PER_ROUND; i++) {
      const count = await inTransaction(db, async (tx) =>
        (await tryEventHeadLock(tx, projectId)) ? pruneEvents(tx, projectId) : 0,
      );
      pruned += count;
      if (count === 0) break;
    }
  }
  await pruneTries(db);
  return pruned;
}
