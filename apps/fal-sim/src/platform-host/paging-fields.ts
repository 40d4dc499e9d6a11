import { encodeCursor, type PageCursor } from './page-cursor.ts';

/** The two fields that every listing ends with. */
export function pagingFields(cursor: PageCursor, nextSlot: number | null) {
  const nextCursor = nextSlot === null ? null : encodeCursor({ ...cursor, slot: nextSlot });
  return { next_cursor: nextCursor, has_more: nextCursor !== null };
}
