import { createApiKeySchema, createdApiKeySchema } from '@reelay/contract';
import { createApiKey, TooManyKeys } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { ProblemError } from '../../problem-error.ts';
import { problems } from '../answers.ts';

export function postApiKey(app: App, door: Door): void {
  const schema = {
    summary: 'Create an API key; it is shown this once',
    description: 'To rotate a key create its successor, move your services over, then revoke it.',
    tags: ['admin'],
    headers: idempotentWrite,
    body: createApiKeySchema,
    response: { 201: createdApiKeySchema, ...problems },
  };
  app.post('/v1/api_keys', { schema }, (request, reply) => {
    const { name, scopes, expires_at } = request.body;
    const expiresAt = expires_at == null ? null : new Date(expires_at);
    if (expiresAt !== null && expiresAt.getTime() <= door.context.now()) throw alreadyOver(expires_at);
    return answerOnce(door, request, reply, {
      status: 201,
      run: async (seal) => {
        const { projectId } = request.caller;
        const { view, apiKey } = await createApiKey(door.context, {
          ...{ projectId, name, scopes, expiresAt, pepper: door.keyPepper },
          // What is stored for a repeat is stored in the clear: without the key.
          beforeCommit: (tx, shown) => seal(tx, { ...shown, secret: null }),
        }).catch(refuseTooMany);
        return { ...view, secret: apiKey as string | null };
      },
    });
  });
}

function refuseTooMany(error: unknown): never {
  throw error instanceof TooManyKeys ? new ProblemError('invalid_state', error.message) : error;
}

function alreadyOver(value: unknown): ProblemError {
  const message = 'expires_at has passed already; give a time to come, or leave it out';
  return new ProblemError('validation_failed', message, {
    errors: [{ pointer: '/expires_at', code: 'in_the_past', value, message }],
  });
}
