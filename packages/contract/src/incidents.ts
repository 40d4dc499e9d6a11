import { z } from 'zod';
import { listSchema, pageQuery } from './list.ts';
import { idSchema, timeSchema } from './text.ts';

export const incidentSchema = z
  .object({
    id: idSchema('inc'),
    object: z.literal('incident'),
    kind: z.string().meta({
      examples: [
        'cost_far_above_estimate',
        'second_billing_event',
        'unknown_request_billed',
        'price_drift',
        'provider_balance_low',
      ],
    }),
    attempt_id: z.string().nullable(),
    fal_request_id: z.string().nullable(),
    message: z.string().meta({ description: 'What happened, and what to do about it.' }),
    detail: z.record(z.string(), z.unknown()),
    raised_at: timeSchema,
    closed_at: timeSchema
      .nullable()
      .meta({ description: 'Null while it is open; most are never closed by themselves.' }),
  })
  .meta({ id: 'Incident', description: 'Something about money that a person should look at. Raised once.' });

export const incidentListSchema = listSchema('IncidentList', incidentSchema);

export const listIncidentsQuerySchema = z.strictObject(pageQuery);
