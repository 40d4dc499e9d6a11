/** I8: nothing is left that waits for somebody. */

import type { History } from '../history.ts';
import { readRedisTasks } from '../processes/redis-tasks.ts';
import { sql } from '../sql.ts';
import { type Claim, claim } from './claim.ts';

export async function checkDrained(history: History): Promise<Claim[]> {
  const { left, restedMs } = history;
  const open = Object.entries(left).filter(([what, count]) => what !== 'ended' && count > 0);
  return [
    claim(
      'I8',
      'inbox read, ledger folded, nothing reserved or being sent, every file read, every event numbered and delivered',
      `at rest ${(restedMs / 1_000).toFixed(1)} s after the last answer`,
      open.map(([what, count]) => `${count} ${what}`),
    ),
    await checkTasks(history),
  ];
}

/** A task that is left over is harmless when what it names needs nothing any more. */
async function checkTasks({ stage }: History): Promise<Claim> {
  const ids = stage.redis ? await readRedisTasks(stage.redis.port) : await tasksInPostgres(stage.db);
  const needed = await sql<{ id: string; state: string }>(
    stage.db,
    `SELECT id, state FROM attempts WHERE id = ANY($1) AND state IN ('reserved', 'sending', 'accepted')
     UNION ALL SELECT id, 'unread' FROM uploads WHERE id = ANY($1) AND completed_at IS NOT NULL AND parsed_at IS NULL`,
    ids,
  );
  return claim(
    'I8',
    'no task is left in the queues that anything waits for',
    `${ids.length} left`,
    needed.map(({ id, state }) => `${id} (${state})`),
  );
}

async function tasksInPostgres(db: History['stage']['db']): Promise<string[]> {
  const rows = await sql<{ id: string | null }>(
    db,
    `SELECT data->>'id' AS id FROM bullmq.job WHERE state IN ('waiting', 'active', 'delayed')`,
  );
  return rows.flatMap(({ id }) => id ?? []);
}
