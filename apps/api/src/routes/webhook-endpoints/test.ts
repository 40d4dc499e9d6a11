import { noBodySchema, webhookTestSchema } from '@reelay/contract';
import { testEndpoint } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { idParams, problems } from '../answers.ts';
import { endpointOf, noEndpoint } from './endpoint-of.ts';

export function postWebhookTest(app: App, door: Door): void {
  const schema = {
    summary: 'Send an endpoint.test event to this endpoint alone',
    tags: ['webhooks'],
    headers: idempotentWrite,
    params: idParams,
    body: noBodySchema.optional(),
    response: { 202: webhookTestSchema, ...problems },
  };
  app.post('/v1/webhook_endpoints/:id/test', { schema }, (request, reply) => {
    const target = endpointOf(request.caller, request.params);
    const run = async () => {
      const eventId = await testEndpoint(door.context, target);
      if (eventId === null) throw noEndpoint();
      return { object: 'webhook_test' as const, event_id: eventId };
    };
    return answerOnce(door, request, reply, { status: 202, run });
  });
}
