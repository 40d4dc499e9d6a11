/**
 * Every named point at which a test may hold, fail or kill a process: the instants at which dying is worth a thought.
 * One list, so that a proof can ask whether each of them was hit. A running process passes them without doing anything.
 */
export const FAILPOINTS = {
  'job.before_commit': 'a job, or the rows of an inline batch, is stored and not committed',
  'job.committed': 'the same is committed and nobody was told',
  'upload.chunk_stored': 'part of an upload is stored',
  'import.claimed': 'an upload is claimed for reading',
  'import.before_checkpoint': 'rows are read and not stored',
  'import.in_checkpoint': 'rows are stored and not committed',
  'import.after_checkpoint': 'a checkpoint is committed',
  'import.before_finish': 'all rows are stored, the batch is still validating',
  'import.finished': 'the batch is in progress and its chunks are not deleted',
  'import.failed': 'the file is no good and nothing says so yet',
  'import.jobs_deleted': 'jobs of a refused file are being deleted',
  'dispatch.locked': "dispatch holds the account's lock and has written nothing",
  'dispatch.before_commit': 'attempts and reservations are written and not committed',
  'dispatch.committed': 'attempts are reserved and no task carries them',
  'submit.claimed': 'an attempt is sending and no byte has left',
  'submit.waiting': 'a request is on its way and not answered',
  'submit.answered': 'fal has answered and nothing is stored',
  'submit.stored': 'the answer is stored and the task has not ended',
  'webhook.before_commit': 'a callback is verified and not stored',
  'webhook.committed': 'a callback is stored and fal was not told',
  'settle.read': 'the outcome is read from fal and not stored',
  'settle.before_commit': 'outcome, charge and job are written and not committed',
  'settle.committed': 'the outcome is stored and nobody woke up for it',
  'evidence.looked': "fal's listing was read and what it says is not stored",
  'patrol.claimed': 'patrol holds due attempts and has not committed',
  'patrol.committed': 'patrol has claimed due attempts and driven none of them',
  'billing.stored': "events of fal's bill are stored and none of them is booked",
  'billing.before_commit': 'an event of the bill is booked and not committed',
  'batch.before_close': 'a batch is being closed and that is not committed',
  'delivery.claimed': 'a delivery is leased and nothing is sent',
  'delivery.answered': 'an endpoint has answered and nothing is stored',
  'delivery.committed': 'what came of a delivery is stored',
} as const satisfies Record<string, string>;

export type FailpointName = keyof typeof FAILPOINTS;
