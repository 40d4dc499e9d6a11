import { jobSchema } from '@reelay/contract';
import { getJob } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { idOf, idParams, problems } from '../answers.ts';

export function getOneJob(app: App, { context }: Door): void {
  const schema = {
    summary: 'Get a job',
    tags: ['jobs'],
    params: idParams,
    response: { 200: jobSchema, ...problems },
  };
  app.get('/v1/jobs/:id', { schema }, async ({ caller, params }) => {
    const job = await getJob(context, { projectId: caller.projectId, jobId: idOf('job', params) });
    if (!job) throw notFound('job');
    return job;
  });
}
