/** The numbered events of a project, oldest first. */
import { type EventFilter, type EventReading, type Page, readEvents, readOldestSeq } from '@reelay/db';
import type { Context } from '../context.ts';
import { numericPage } from './numeric-page.ts';
import { type ListView, listView } from './views.ts';

export interface EventQuery extends EventFilter {
  readonly projectId: string;
  readonly page: Page;
}

/** The body is text on purpose: its bytes are what is told, and are not put together again. */
export interface EventView {
  readonly seq: number;
  readonly body: string;
}

export type EventPage =
  | { readonly kind: 'page'; readonly list: ListView<EventView>; readonly oldestSeq: number | null }
  | { readonly kind: 'unknown_cursor'; readonly cursor: 'after' | 'before' };

export async function listEvents(context: Pick<Context, 'db'>, query: EventQuery): Promise<EventPage> {
  const { projectId, page, ...filter } = query;
  const bySeq = numericPage(page);
  if ('unknown' in bySeq) return { kind: 'unknown_cursor', cursor: bySeq.unknown };
  const rows = await readEvents(context.db.prisma, projectId, filter, bySeq);
  const oldest = await readOldestSeq(context.db.prisma, projectId);
  const list = listView(rows, eventView, ({ seq }) => String(seq));
  return { kind: 'page', list, oldestSeq: oldest === null ? null : Number(oldest) };
}

function eventView({ seq, body }: EventReading): EventView {
  return { seq: Number(seq), body };
}
