import { listWebhookDeliveriesQuerySchema, webhookDeliveryListSchema } from '@reelay/contract';
import { listDeliveries } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { unknownCursor } from '../../error-map.ts';
import { idParams, problems } from '../answers.ts';
import { pageOf } from '../page.ts';
import { endpointOf, noEndpoint } from './endpoint-of.ts';

export function getWebhookDeliveries(app: App, { context }: Door): void {
  const schema = {
    summary: 'List what an endpoint was sent and what it answered, newest event first',
    tags: ['webhooks'],
    params: idParams,
    querystring: listWebhookDeliveriesQuerySchema,
    response: { 200: webhookDeliveryListSchema, ...problems },
  };
  app.get('/v1/webhook_endpoints/:id/deliveries', { schema }, async ({ caller, params, query }) => {
    const target = { ...endpointOf(caller, params), state: query.status ?? null, page: pageOf(query) };
    const page = await listDeliveries(context, target);
    if (page.kind === 'not_found') throw noEndpoint();
    if (page.kind === 'unknown_cursor') throw unknownCursor(page.cursor);
    return page.list;
  });
}
