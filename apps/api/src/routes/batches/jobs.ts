import { jobListSchema, listBatchJobsQuerySchema } from '@reelay/contract';
import { listBatchJobs } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { idOf, idParams, problems } from '../answers.ts';
import { jobFilterOf, pageOf } from '../page.ts';
import { listOf } from './list-of.ts';

export function getBatchJobs(app: App, { context }: Door): void {
  const schema = {
    summary: 'List the jobs of a batch, in row order',
    tags: ['batches'],
    params: idParams,
    querystring: listBatchJobsQuerySchema,
    response: { 200: jobListSchema, ...problems },
  };
  app.get('/v1/batches/:id/jobs', { schema }, async ({ caller, params, query }) => {
    const target = { projectId: caller.projectId, batchId: idOf('batch', params) };
    return listOf(await listBatchJobs(context, { ...target, page: pageOf(query), ...jobFilterOf(query) }));
  });
}
