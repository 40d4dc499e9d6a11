import { type CancelReport, getJob, type JobTarget, type JobView, type RetryReport } from '@reelay/engine';
import type { Door } from '../../app.ts';
import { notFound, refusal } from '../../error-map.ts';

/** The job as it is after a verb has changed it; a verb that said no becomes a problem. */
export async function afterSteering(
  { context }: Door,
  target: JobTarget,
  report: CancelReport | RetryReport,
): Promise<JobView> {
  if (report.kind !== 'done') throw refusal(report, 'job');
  const job = await getJob(context, target);
  if (!job) throw notFound('job');
  return job;
}
