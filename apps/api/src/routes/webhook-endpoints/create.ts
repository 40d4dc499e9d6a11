import { createdWebhookEndpointSchema, createWebhookEndpointSchema } from '@reelay/contract';
import { createEndpoint } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { refusal } from '../../error-map.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { given, problems } from '../answers.ts';
import { eventTypesOf, intervalMsOf } from './endpoint-of.ts';

export function postWebhookEndpoint(app: App, door: Door): void {
  const schema = {
    summary: 'Add an endpoint; its secret is shown this once',
    description:
      'It is sent what happens from now on; what happened before can be replayed to it. A project has at most 50.',
    tags: ['webhooks'],
    headers: idempotentWrite,
    body: createWebhookEndpointSchema,
    response: { 201: createdWebhookEndpointSchema, ...problems },
  };
  app.post('/v1/webhook_endpoints', { schema }, (request, reply) => {
    const { url, description, event_types, progress_interval_s } = request.body;
    const options = given({
      description,
      eventTypes: eventTypesOf(event_types),
      progressIntervalMs: intervalMsOf(progress_interval_s),
    });
    return answerOnce(door, request, reply, {
      status: 201,
      run: async (seal) => {
        const outcome = await createEndpoint(door.context, {
          projectId: request.caller.projectId,
          url,
          ...options,
          // What is stored for a repeat is stored in the clear: without the secret.
          beforeCommit: (tx, view) => seal(tx, { ...view, secret: null }),
        });
        if (outcome.kind !== 'created') throw refusal(outcome, 'webhook endpoint');
        return { ...outcome.view, secret: outcome.secret as string | null };
      },
    });
  });
}
