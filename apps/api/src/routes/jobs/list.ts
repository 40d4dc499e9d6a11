import { jobListSchema, listJobsQuerySchema } from '@reelay/contract';
import { listJobs } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { given, problems } from '../answers.ts';
import { jobFilterOf, pageOf } from '../page.ts';

export function getJobs(app: App, { context }: Door): void {
  const schema = {
    summary: 'List jobs, newest first',
    tags: ['jobs'],
    querystring: listJobsQuerySchema,
    response: { 200: jobListSchema, ...problems },
  };
  app.get('/v1/jobs', { schema }, ({ caller, query }) => {
    const filter = { ...jobFilterOf(query), ...given({ batchId: query.batch_id }) };
    return listJobs(context, { projectId: caller.projectId, page: pageOf(query), ...filter });
  });
}
