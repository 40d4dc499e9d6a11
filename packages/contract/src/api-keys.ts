import { SCOPES } from '@reelay/core';
import { z } from 'zod';
import { listSchema, pageQuery } from './list.ts';
import { idSchema, timeSchema } from './text.ts';

const scopesSchema = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).meta({
  description:
    'jobs:read: read everything but money; jobs:write: submit and steer jobs and batches; billing:read: ledger, budgets, statements; admin: keys, endpoints, budgets, stopping all.',
});

export const apiKeySchema = z
  .object({
    id: idSchema('key'),
    object: z.literal('api_key'),
    name: z.string(),
    hint: z
      .string()
      .nullable()
      .meta({ examples: ['rl_live_8fQz'], description: 'How it begins.' }),
    scopes: scopesSchema,
    created_at: timeSchema,
    expires_at: timeSchema.nullable(),
    revoked_at: timeSchema.nullable(),
    last_used_at: timeSchema.nullable().meta({ description: 'To the minute.' }),
  })
  .meta({ id: 'ApiKey' });

export const createdApiKeySchema = apiKeySchema
  .extend({
    secret: z.string().nullable().meta({
      description: 'The key itself, shown this once. null when the answer is a repeat of an earlier one.',
    }),
  })
  .meta({ id: 'CreatedApiKey' });

export const apiKeyListSchema = listSchema('ApiKeyList', apiKeySchema);

export const listApiKeysQuerySchema = z.strictObject(pageQuery);

export const createApiKeySchema = z
  .strictObject({
    name: z.string().trim().min(1).max(128),
    scopes: scopesSchema,
    expires_at: z.iso.datetime({ offset: true }).nullable().optional().meta({ description: 'null: never.' }),
  })
  .meta({ id: 'CreateApiKey' });
