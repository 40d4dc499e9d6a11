import type { Db } from '@reelay/db';
import { LocalError } from '../local-error.ts';

/** Any number will do, as long as it is always the same. */
const STACK_LOCK = 7_133_529;

/** Another local stack works on the same data. */
export class AlreadyRunning extends LocalError {}

/**
 * One local stack per database. The lock belongs to a session, so a killed stack leaves nothing behind that would have
 * to be cleared by hand.
 */
export async function holdDatabase(db: Db, dataDir: string): Promise<() => Promise<void>> {
  const session = await db.pool.connect();
  // The pool listens only to sessions that are not in use.
  session.on('error', () => {});
  const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [STACK_LOCK]);
  const letGo = async () => {
    // The server notices a closed connection only later; a stack that starts in between must not be refused.
    await session.query('SELECT pg_advisory_unlock($1)', [STACK_LOCK]).catch(() => {});
    session.release(true);
  };
  if (rows[0]?.held) return letGo;
  session.release();
  throw new AlreadyRunning(`Reelay already runs on ${dataDir}: use that one, or stop it first`);
}
