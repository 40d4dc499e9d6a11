import { DELIVERY_STATES, DISABLED_REASONS, ENDPOINT_KINDS, EVENT_TYPES } from '@reelay/core';
import { z } from 'zod';
import { listSchema, pageQuery, rowPageQuery } from './list.ts';
import { idSchema, timeSchema } from './text.ts';

const PROGRESS_INTERVAL_MAX_S = 86_400;

const endpointFields = {
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .max(2048)
    .meta({ description: 'An https URL of a public host, unless the operator allows others.' }),
  description: z.string().max(256),
  event_types: z
    .array(z.enum([...EVENT_TYPES, '*']))
    .min(1)
    .max(100)
    .meta({ description: 'Types of events that it is sent; "*" stands for all, also those to come.' }),
  progress_interval_s: z.int().min(1).max(PROGRESS_INTERVAL_MAX_S).nullable().meta({
    description:
      'Progress of one batch is sent no more often; the newest takes the place of those that wait. null: all of it.',
  }),
};

const secretSchema = z.string().meta({
  examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0123456789abc='],
  description: 'What deliveries are signed with, as Standard Webhooks describes it. Shown this once.',
});

export const webhookEndpointSchema = z
  .object({
    id: idSchema('we'),
    object: z.literal('webhook_endpoint'),
    kind: z.enum(ENDPOINT_KINDS).meta({ description: 'callback: made by the callback_url of a job or batch.' }),
    ...endpointFields,
    event_types: z.array(z.string()).meta({ description: '"*" stands for all.' }),
    enabled: z.boolean().meta({ description: 'While it is not, deliveries gather and wait.' }),
    disabled_reason: z.enum(DISABLED_REASONS).nullable(),
    disabled_at: timeSchema.nullable(),
    failing_since: timeSchema
      .nullable()
      .meta({ description: 'Nothing but failures since then; disabled after 5 days.' }),
    throttled_until: timeSchema.nullable(),
    deliveries: z.object({ pending: z.int(), failed: z.int() }).meta({ description: 'Counted up to 10001.' }),
    created_at: timeSchema,
  })
  .meta({ id: 'WebhookEndpoint', description: 'Where events are delivered.' });

export const createdWebhookEndpointSchema = webhookEndpointSchema
  .extend({
    secret: secretSchema.nullable().meta({ description: 'null when the answer is a repeat of an earlier one.' }),
  })
  .meta({ id: 'CreatedWebhookEndpoint' });

export const webhookEndpointListSchema = listSchema('WebhookEndpointList', webhookEndpointSchema);

export const createWebhookEndpointSchema = z
  .strictObject({
    url: endpointFields.url,
    description: endpointFields.description.optional(),
    event_types: endpointFields.event_types.optional(),
    progress_interval_s: endpointFields.progress_interval_s.optional(),
  })
  .meta({ id: 'CreateWebhookEndpoint' });

export const changeWebhookEndpointSchema = createWebhookEndpointSchema
  .partial()
  .extend({ enabled: z.boolean().optional() })
  .meta({ id: 'ChangeWebhookEndpoint' });

export const listWebhookEndpointsQuerySchema = z.strictObject({
  ...pageQuery,
  kind: z.enum(ENDPOINT_KINDS).default('registered'),
});

export const rotatedSecretSchema = z
  .object({
    object: z.literal('webhook_secret'),
    secret: secretSchema.nullable().meta({ description: 'null when the answer is a repeat of an earlier one.' }),
  })
  .meta({ id: 'WebhookSecret', description: 'For 24 hours the secret before it signs along.' });

export const webhookTestSchema = z
  .object({ object: z.literal('webhook_test'), event_id: idSchema('evt') })
  .meta({ id: 'WebhookTest' });

export const replayWebhookSchema = z
  .strictObject({
    since: z.iso.datetime({ offset: true }).optional().meta({ description: 'Events written then or later.' }),
    until: z.iso.datetime({ offset: true }).optional().meta({ description: 'Events written before then.' }),
    after: z.int().min(0).optional().meta({ description: 'Events whose number is higher.' }),
    event_id: z.string().max(64).optional().meta({ description: 'This one event.' }),
    missed_only: z.boolean().default(false).meta({ description: 'Leave alone what was delivered.' }),
  })
  .refine(({ since, after, event_id }) => since !== undefined || after !== undefined || event_id !== undefined, {
    error: 'say which events: since, after or event_id',
  })
  .meta({ id: 'ReplayWebhook', description: 'All that is given must hold.' });

export const webhookReplaySchema = z
  .object({
    object: z.literal('webhook_replay'),
    events: z.int().meta({ description: 'How many are due again.' }),
    stopped_at: z.int().nullable().meta({
      description: 'A call takes so many and no more: go on with this number as `after`. null: that was all.',
    }),
  })
  .meta({ id: 'WebhookReplay' });

export const webhookDeliverySchema = z
  .object({
    id: idSchema('dlv'),
    object: z.literal('webhook_delivery'),
    endpoint_id: idSchema('we'),
    event_id: idSchema('evt').meta({ description: 'The webhook-id of every attempt.' }),
    event_seq: z.int(),
    event_type: z.string(),
    status: z.enum(DELIVERY_STATES).meta({
      description:
        'failed: its schedule is over, replay it. skipped: a newer one took its place, or the endpoint is deleted.',
    }),
    attempts: z.int(),
    next_attempt_at: timeSchema.nullable().meta({ description: 'Not before then.' }),
    delivered_at: timeSchema.nullable(),
    created_at: timeSchema,
    log: z
      .array(
        z.object({
          at: timeSchema,
          status: z.int().nullable(),
          error: z.string().nullable(),
          duration_ms: z.int(),
          response: z.string().nullable().meta({ description: 'Its first KB.' }),
        }),
      )
      .meta({ description: 'The last 20 attempts, oldest first.' }),
  })
  .meta({ id: 'WebhookDelivery', description: 'One event for one endpoint.' });

export const webhookDeliveryListSchema = listSchema('WebhookDeliveryList', webhookDeliverySchema);

export const listWebhookDeliveriesQuerySchema = z.strictObject({
  ...rowPageQuery,
  after: rowPageQuery.after.meta({ description: 'Events older than the one with this number.' }),
  before: rowPageQuery.before.meta({ description: 'Events newer than the one with this number.' }),
  status: z.enum(DELIVERY_STATES).optional(),
});
