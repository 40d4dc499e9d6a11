import { noBodySchema, rotatedSecretSchema } from '@reelay/contract';
import { type Caller, rotateSecret } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite, type Seal } from '../../idempotency.ts';
import { idParams, problems } from '../answers.ts';
import { endpointOf, noEndpoint } from './endpoint-of.ts';

const tags = ['webhooks'];
const response = { 200: rotatedSecretSchema, ...problems };

export function postRotateSecret(app: App, door: Door): void {
  const summary = "Replace an endpoint's secret; the old one signs along for 24 hours";
  const schema = { summary, tags, headers: idempotentWrite, params: idParams, body: noBodySchema.optional(), response };
  app.post('/v1/webhook_endpoints/:id/rotate_secret', { schema }, (request, reply) => {
    const target = endpointOf(request.caller, request.params);
    return answerOnce(door, request, reply, { status: 200, run: (seal) => rotate(door, target, seal) });
  });
}

export function postRotateDefaultSecret(app: App, door: Door): void {
  const summary = 'Get a new secret for what is sent to bare callback_urls; the old one signs along for 24 hours';
  const schema = { summary, tags, headers: idempotentWrite, body: noBodySchema.optional(), response };
  app.post('/v1/webhook_endpoints/default_secret/rotate', { schema }, (request, reply) => {
    const target = { ...projectOf(request.caller), endpointId: null };
    return answerOnce(door, request, reply, { status: 200, run: (seal) => rotate(door, target, seal) });
  });
}

const projectOf = ({ projectId }: Caller) => ({ projectId });

type Target = { readonly projectId: string; readonly endpointId: string | null };

async function rotate({ context }: Door, target: Target, seal: Seal) {
  const object = 'webhook_secret' as const;
  // What is stored for a repeat is stored in the clear: without the secret.
  const beforeCommit = (tx: Parameters<Seal>[0]) => seal(tx, { object, secret: null });
  const secret = await rotateSecret(context, { ...target, beforeCommit });
  if (secret === null) throw noEndpoint();
  return { object, secret: secret as string | null };
}
