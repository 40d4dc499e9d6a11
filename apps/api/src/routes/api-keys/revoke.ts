import { apiKeySchema } from '@reelay/contract';
import { isId } from '@reelay/core';
import { revokeApiKey } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { notFound, refusal } from '../../error-map.ts';
import { idParams, problems } from '../answers.ts';

export function removeApiKey(app: App, { context }: Door): void {
  const schema = {
    summary: 'Revoke an API key; it works for five seconds more at most',
    tags: ['admin'],
    params: idParams,
    response: { 200: apiKeySchema, ...problems },
  };
  app.delete('/v1/api_keys/:id', { schema }, async ({ caller, params }) => {
    if (!isId('apiKey', params.id)) throw notFound('API key');
    const outcome = await revokeApiKey(context, { projectId: caller.projectId, keyId: params.id });
    if (outcome.kind !== 'done') throw refusal(outcome, 'API key');
    return outcome.view;
  });
}
