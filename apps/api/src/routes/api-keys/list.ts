import { apiKeyListSchema, listApiKeysQuerySchema } from '@reelay/contract';
import { listApiKeys } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { problems } from '../answers.ts';
import { pageOf } from '../page.ts';

export function getApiKeys(app: App, { context }: Door): void {
  const schema = {
    summary: "List the project's API keys, newest first, revoked ones too",
    tags: ['admin'],
    querystring: listApiKeysQuerySchema,
    response: { 200: apiKeyListSchema, ...problems },
  };
  app.get('/v1/api_keys', { schema }, ({ caller, query }) =>
    listApiKeys(context, { projectId: caller.projectId, page: pageOf(query) }),
  );
}
