import { batchListSchema, listBatchesQuerySchema } from '@reelay/contract';
import { listBatches } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { problems } from '../answers.ts';
import { pageOf } from '../page.ts';

export function getBatches(app: App, { context }: Door): void {
  const schema = {
    summary: 'List batches, newest first',
    tags: ['batches'],
    querystring: listBatchesQuerySchema,
    response: { 200: batchListSchema, ...problems },
  };
  app.get('/v1/batches', { schema }, ({ caller, query }) =>
    listBatches(context, { projectId: caller.projectId, page: pageOf(query) }),
  );
}
