/**
 * Tells a project of its jobs: one event for each that has come to a status which is told of, with the job as the API shows
 * it. Written in the transaction of the change, after everything else that it writes about the job.
 */
import { jobEventOf } from '@reelay/core';
import { appendEvents, readJobsById, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { jobView } from '../reads/job-view.ts';

export async function tellJobs(context: Pick<Context, 'now'>, tx: Tx, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length === 0) return;
  const events = (await readJobsById(tx, jobIds)).flatMap((job) => {
    const type = jobEventOf(job.status);
    if (type === null) return [];
    const { id: subjectId, project_id: projectId, callback_url: callbackUrl } = job;
    return [{ id: newId(context, 'event'), projectId, type, subjectId, callbackUrl, data: jobView(job) }];
  });
  await appendEvents(tx, events);
}
