import { listSpendQuerySchema, spendListSchema } from '@reelay/contract';
import { listSpend } from '@reelay/engine';
import type { App, Door } from '../app.ts';
import { given, problems } from './answers.ts';
import { pageOf } from './page.ts';

export function getSpend(app: App, { context }: Door): void {
  const schema = {
    summary: 'Sum what was spent by day, batch, model, key or tag',
    tags: ['money'],
    querystring: listSpendQuerySchema,
    response: { 200: spendListSchema, ...problems },
  };
  app.get('/v1/spend', { schema }, ({ caller, query }) => {
    const moment = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
    const filter = given({ batchId: query.batch_id, from: moment(query.from), to: moment(query.to) });
    return listSpend(context, { projectId: caller.projectId, groupBy: query.group_by, page: pageOf(query), ...filter });
  });
}
