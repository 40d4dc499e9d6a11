import { attemptListSchema, listAttemptsQuerySchema } from '@reelay/contract';
import { listAttempts } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { idOf, idParams, problems } from '../answers.ts';
import { pageOf } from '../page.ts';

export function getAttempts(app: App, { context }: Door): void {
  const schema = {
    summary: 'List the attempts of a job, in the order they were made',
    tags: ['jobs'],
    params: idParams,
    querystring: listAttemptsQuerySchema,
    response: { 200: attemptListSchema, ...problems },
  };
  app.get('/v1/jobs/:id/attempts', { schema }, async ({ caller, params, query }) => {
    const jobId = idOf('job', params);
    const list = await listAttempts(context, { projectId: caller.projectId, jobId, page: pageOf(query) });
    if (!list) throw notFound('job');
    return list;
  });
}
