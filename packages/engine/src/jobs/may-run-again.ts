import { isBatchOpen, type JobRow, type Tx } from '@reelay/db';

/** A batch that has closed does not open again by itself: a late failure of a job in review ends it, and a retry is a verb. */
export async function mayRunAgain(tx: Tx, job: JobRow): Promise<boolean> {
  return job.status !== 'needs_review' || job.batch_id === null || (await isBatchOpen(tx, job.batch_id));
}
