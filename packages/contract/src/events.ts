import { EVENT_TYPES } from '@reelay/core';
import { z } from 'zod';
import { listSchema, rowPageQuery } from './list.ts';
import { idSchema, timeSchema } from './text.ts';

export const eventPayloadSchema = z
  .object({
    id: idSchema('evt'),
    type: z
      .string()
      .meta({ examples: [...EVENT_TYPES], description: 'More types come; pass over those you do not know.' }),
    timestamp: timeSchema,
    project_id: z.string(),
    data: z.record(z.string(), z.unknown()).meta({ description: 'What the event is about, as it was at that moment.' }),
  })
  .meta({ id: 'EventPayload', description: 'The same bytes whenever it is read.' });

export const eventSchema = z
  .object({
    object: z.literal('event'),
    seq: z.int().meta({ description: "The event's number in its project: from 1, without gaps." }),
    payload: eventPayloadSchema,
  })
  .meta({ id: 'Event', description: 'Something that happened in a project. Events are never changed.' });

export type Event = z.infer<typeof eventSchema>;

export const eventListSchema = listSchema('EventPage', eventSchema)
  .extend({
    oldest_seq: z.int().nullable().meta({ description: 'With this number the log begins: older ones are not kept.' }),
  })
  .meta({ id: 'EventList' });

export const listEventsQuerySchema = z.strictObject({
  ...rowPageQuery,
  after: rowPageQuery.after.meta({
    description: 'The events that follow this number; 0 or none: from the first one kept.',
  }),
  before: rowPageQuery.before.meta({ description: 'The events that precede this number.' }),
  type: z.enum(EVENT_TYPES).optional().meta({ description: 'Only these. Numbers have gaps then.' }),
});
