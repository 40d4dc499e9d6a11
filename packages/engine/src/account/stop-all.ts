/** Stop-all is one row that dispatch and the send's claim read: once it is committed nothing more is claimed for sending. */
import { endObserving, setStopped } from '@reelay/db';
import type { Context } from '../context.ts';

export async function stopAll(context: Context): Promise<void> {
  await setStopped(context.db, true);
  context.log.warn({}, 'all submissions stopped');
}

/** Ends observing too: whoever says that sending may begin takes the word of fal's lists upon themselves. */
export async function startAll(context: Context): Promise<void> {
  await endObserving(context.db);
  await setStopped(context.db, false);
  context.log.warn({}, 'submissions allowed again');
}
