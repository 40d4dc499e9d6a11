import { batchSchema } from '@reelay/contract';
import { getBatch } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { idOf, idParams, problems } from '../answers.ts';

export function getOneBatch(app: App, { context }: Door): void {
  const schema = {
    summary: 'Get a batch: state, counts and cost',
    tags: ['batches'],
    params: idParams,
    response: { 200: batchSchema, ...problems },
  };
  app.get('/v1/batches/:id', { schema }, async ({ caller, params }) => {
    const batch = await getBatch(context, { projectId: caller.projectId, batchId: idOf('batch', params) });
    if (!batch) throw notFound('batch');
    return batch;
  });
}
