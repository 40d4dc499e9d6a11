import { eventListSchema, listEventsQuerySchema } from '@reelay/contract';
import { type EventView, type ListView, listEvents } from '@reelay/engine';
import type { App, Door } from '../app.ts';
import { unknownCursor } from '../error-map.ts';
import { given, problems } from './answers.ts';
import { pageOf } from './page.ts';

/** Sent as text, so that a payload's bytes stay as they are stored; this is for the document. */
const eventList = {
  description: 'The events that follow, lowest number first',
  content: { 'application/json': { schema: eventListSchema } },
};

export function getEvents(app: App, { context }: Door): void {
  const schema = {
    summary: 'List what happened in the project, oldest first, numbered without gaps',
    description:
      'Ask again with the last number as `after`. When no type is asked for, a number left out is an event missed. Events are kept for 90 days, and until every endpoint has had them.',
    tags: ['events'],
    querystring: listEventsQuerySchema,
    response: { 200: eventList, ...problems },
  };
  app.get('/v1/events', { schema }, async ({ caller, query }, reply) => {
    const filter = given({ type: query.type });
    const page = await listEvents(context, { projectId: caller.projectId, page: pageOf(query), ...filter });
    if (page.kind === 'unknown_cursor') throw unknownCursor(page.cursor);
    return reply
      .type('application/json; charset=utf-8')
      .serializer(asItIs)
      .send(listText(page.list, page.oldestSeq) as never);
  });
}

const asItIs = (text: unknown) => String(text);

function listText({ data, has_more, first_id, last_id }: ListView<EventView>, oldestSeq: number | null): string {
  const items = data.map(({ seq, body }) => `{"object":"event","seq":${seq},"payload":${body}}`);
  return `{"object":"list","data":[${items.join(',')}],${JSON.stringify({ has_more, first_id, last_id, oldest_seq: oldestSeq }).slice(1)}`;
}
