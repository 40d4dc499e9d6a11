import { ledgerListSchema, listLedgerQuerySchema } from '@reelay/contract';
import { listLedger } from '@reelay/engine';
import type { App, Door } from '../app.ts';
import { unknownCursor } from '../error-map.ts';
import { given, problems } from './answers.ts';
import { pageOf } from './page.ts';

export function getLedger(app: App, { context }: Door): void {
  const schema = {
    summary: 'List what was reserved, released and charged, newest first',
    tags: ['money'],
    querystring: listLedgerQuerySchema,
    response: { 200: ledgerListSchema, ...problems },
  };
  app.get('/v1/ledger', { schema }, async ({ caller, query }) => {
    const filter = given({ batchId: query.batch_id, jobId: query.job_id });
    const page = await listLedger(context, { projectId: caller.projectId, page: pageOf(query), ...filter });
    if (page.kind === 'unknown_cursor') throw unknownCursor(page.cursor);
    return page.list;
  });
}
