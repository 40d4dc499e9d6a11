import type { BatchPage, ListView } from '@reelay/engine';
import { notFound, unknownCursor } from '../../error-map.ts';

/** The page of a batch's list, or the problem with asking for it. */
export function listOf<Item>(page: BatchPage<Item>): ListView<Item> {
  switch (page.kind) {
    case 'page':
      return page.list;
    case 'not_found':
      throw notFound('batch');
    case 'unknown_cursor':
      throw unknownCursor(page.cursor);
  }
}
