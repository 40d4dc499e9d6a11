/**
 * Numbers committed events, each project's from 1, without gaps, in the order in which they were written. Follows behind
 * the log, so that no settle waits for another: an event whose transaction commits late gets a later number, and one that
 * was rolled back none. A sequencer that dies leaves what it had begun to the next.
 */
import {
  type Db,
  fanOut,
  inTransaction,
  numberNextEvents,
  projectsToNumber,
  type Tx,
  tryEventHeadLock,
} from '@reelay/db';
import type { Context } from '../context.ts';

/** What one transaction numbers: few enough to be committed, and seen, at once. */
const EVENTS_MAX = 500;
/** A sequencer leaves the rest to its next round rather than keep the other projects waiting behind a busy one. */
const TRANSACTIONS_PER_ROUND = 20;

/** Returns how many events were numbered. */
export async function numberEvents({ db }: Pick<Context, 'db'>, eventsMax = EVENTS_MAX): Promise<number> {
  let numbered = 0;
  for (const projectId of await projectsToNumber(db.prisma)) numbered += await numberProject(db, projectId, eventsMax);
  return numbered;
}

async function numberProject(db: Db, projectId: string, eventsMax: number): Promise<number> {
  let numbered = 0;
  for (let i = 0; i < TRANSACTIONS_PER_ROUND; i++) {
    const count = await inTransaction(db, (tx) => numberAndFanOut(tx, projectId, eventsMax));
    numbered += count;
    if (count < eventsMax) break;
  }
  return numbered;
}

/** An event that has its number has its deliveries. */
async function numberAndFanOut(tx: Tx, projectId: string, eventsMax: number): Promise<number> {
  if (!(await tryEventHeadLock(tx, projectId))) return 0;
  const count = await numberNextEvents(tx, projectId, eventsMax);
  if (count > 0) await fanOut(tx, projectId, count);
  return count;
}
