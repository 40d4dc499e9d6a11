import { changeWebhookEndpointSchema, webhookEndpointSchema } from '@reelay/contract';
import { type ChangedEndpoint, changeEndpoint, deleteEndpoint, type EndpointView } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { refusal } from '../../error-map.ts';
import { given, idParams, problems } from '../answers.ts';
import { endpointOf, eventTypesOf, intervalMsOf } from './endpoint-of.ts';

export function patchWebhookEndpoint(app: App, { context }: Door): void {
  const schema = {
    summary: 'Change, enable or disable an endpoint',
    description: 'Enabled again, it is sent what has gathered meanwhile.',
    tags: ['webhooks'],
    params: idParams,
    body: changeWebhookEndpointSchema,
    response: { 200: webhookEndpointSchema, ...problems },
  };
  app.patch('/v1/webhook_endpoints/:id', { schema }, async ({ caller, params, body }) => {
    const { url, description, event_types, progress_interval_s, enabled } = body;
    const change = given({
      url,
      description,
      eventTypes: eventTypesOf(event_types),
      progressIntervalMs: intervalMsOf(progress_interval_s),
      enabled,
    });
    return viewOf(await changeEndpoint(context, { ...endpointOf(caller, params), ...change }));
  });
}

export function removeWebhookEndpoint(app: App, { context }: Door): void {
  const schema = {
    summary: 'Delete an endpoint; its deliveries stay readable',
    tags: ['webhooks'],
    params: idParams,
    response: { 200: webhookEndpointSchema, ...problems },
  };
  app.delete('/v1/webhook_endpoints/:id', { schema }, async ({ caller, params }) =>
    viewOf(await deleteEndpoint(context, endpointOf(caller, params))),
  );
}

function viewOf(outcome: ChangedEndpoint): EndpointView {
  if (outcome.kind !== 'done') throw refusal(outcome, 'webhook endpoint');
  return outcome.view;
}
