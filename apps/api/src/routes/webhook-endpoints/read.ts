import { listWebhookEndpointsQuerySchema, webhookEndpointListSchema, webhookEndpointSchema } from '@reelay/contract';
import { getEndpoint, listEndpoints } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { idParams, problems } from '../answers.ts';
import { pageOf } from '../page.ts';
import { endpointOf, noEndpoint } from './endpoint-of.ts';

export function getWebhookEndpoints(app: App, { context }: Door): void {
  const schema = {
    summary: 'List endpoints, newest first',
    tags: ['webhooks'],
    querystring: listWebhookEndpointsQuerySchema,
    response: { 200: webhookEndpointListSchema, ...problems },
  };
  app.get('/v1/webhook_endpoints', { schema }, ({ caller, query }) =>
    listEndpoints(context, { projectId: caller.projectId, kind: query.kind, page: pageOf(query) }),
  );
}

export function getOneWebhookEndpoint(app: App, { context }: Door): void {
  const schema = {
    summary: 'Get an endpoint',
    tags: ['webhooks'],
    params: idParams,
    response: { 200: webhookEndpointSchema, ...problems },
  };
  app.get('/v1/webhook_endpoints/:id', { schema }, async ({ caller, params }) => {
    const view = await getEndpoint(context, endpointOf(caller, params));
    if (!view) throw noEndpoint();
    return view;
  });
}
