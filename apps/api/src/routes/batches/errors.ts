import { listRejectedRowsQuerySchema, rejectedRowListSchema } from '@reelay/contract';
import { listRejectedRows } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { idOf, idParams, problems } from '../answers.ts';
import { pageOf } from '../page.ts';
import { listOf } from './list-of.ts';

export function getBatchErrors(app: App, { context }: Door): void {
  const schema = {
    summary: 'List the rows that never became jobs',
    tags: ['batches'],
    params: idParams,
    querystring: listRejectedRowsQuerySchema,
    response: { 200: rejectedRowListSchema, ...problems },
  };
  app.get('/v1/batches/:id/errors', { schema }, async ({ caller, params, query }) => {
    const target = { projectId: caller.projectId, batchId: idOf('batch', params) };
    return listOf(await listRejectedRows(context, { ...target, page: pageOf(query) }));
  });
}
