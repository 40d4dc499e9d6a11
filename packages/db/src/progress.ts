/** When a batch's project was last told how far it is. A row of its own: telling waits for no settle, nor any for it. */
import type { Db, Tx } from './client.ts';
import { fromNow } from './interval.ts';

/** A job's moment of ending is that of its transaction's beginning, which another may have been told before it committed. */
const UNSEEN_MS = 5_000;
const PROGRESSING_MAX = 100;

export interface ProgressingBatch {
  readonly id: string;
  readonly project_id: string;
}

/** Open batches that have had a job end since they were last told of, and that longer ago than `everyMs`. */
export function progressingBatches(db: Db, everyMs: number): Promise<ProgressingBatch[]> {
  return db.prisma.$queryRaw`
    SELECT b.id, b.project_id FROM batches b LEFT JOIN batch_progress p ON p.batch_id = b.id
    CROSS JOIN LATERAL (SELECT coalesce(p.told_at, b.in_progress_at) AS at) told
    WHERE b.state IN ('in_progress', 'cancelling') AND told.at <= ${fromNow(-everyMs)}
      AND EXISTS (
        SELECT 1 FROM jobs j WHERE j.batch_id = b.id AND j.status IN ('succeeded', 'failed')
          AND j.finished_at > told.at - make_interval(secs => ${UNSEEN_MS / 1000}))
    ORDER BY told.at LIMIT ${PROGRESSING_MAX}`;
}

/** False when somebody else has just told of it. */
export async function claimProgress(tx: Tx, batchId: string, everyMs: number): Promise<boolean> {
  const won = await tx.$executeRaw`
    INSERT INTO batch_progress (batch_id, told_at) VALUES (${batchId}, now())
    ON CONFLICT (batch_id) DO UPDATE SET told_at = now() WHERE batch_progress.told_at <= ${fromNow(-everyMs)}`;
  return won === 1;
}
