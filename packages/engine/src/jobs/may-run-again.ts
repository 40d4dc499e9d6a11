import type { JobRow, Tx } from '@reelay/db';
import { isBatchOpen } from '@reelay/db';

/**
 * Whether a job may go back to the queue: a batch that has closed does not open again by itself, so a late failure ends
 * the job, and a retry is a verb. The caller has locked the batch before the job (`holdBatch`).
 */
export async function mayRunAgain(tx: Tx, job: JobRow): Promise<boolean> {
  return job.batch_id === null || (await isBatchOpen(tx, job.batch_id));
}
