import { replayWebhookSchema, webhookReplaySchema } from '@reelay/contract';
import { replayEndpoint } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { given, idParams, problems } from '../answers.ts';
import { endpointOf, noEndpoint } from './endpoint-of.ts';

export function postWebhookReplay(app: App, door: Door): void {
  const schema = {
    summary: 'Send events again, each under the webhook-id that it had',
    description:
      'Also those from before the endpoint, and those whose schedule is over. Its filter counts as it is now.',
    tags: ['webhooks'],
    headers: idempotentWrite,
    params: idParams,
    body: replayWebhookSchema,
    response: { 202: webhookReplaySchema, ...problems },
  };
  app.post('/v1/webhook_endpoints/:id/replay', { schema }, (request, reply) => {
    const target = endpointOf(request.caller, request.params);
    const { since, until, after, event_id: eventId, missed_only: missedOnly } = request.body;
    const range = given({
      eventId,
      afterSeq: after === undefined ? undefined : BigInt(after),
      since: momentOf(since),
      until: momentOf(until),
    });
    const run = async () => {
      const replay = await replayEndpoint(door.context, { ...target, range, missedOnly });
      if (!replay) throw noEndpoint();
      return replay;
    };
    return answerOnce(door, request, reply, { status: 202, run });
  });
}

const momentOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
