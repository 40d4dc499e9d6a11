import { z } from 'zod';
import type { Ledger } from '../ledger/ledger.ts';
import { PlatformError } from './platform-error.ts';

/**
 * Where the next page begins, and how long the ledger's two lists were when paging began. They only grow at their end,
 * so a slot counted from those lengths names the same row for ever, whatever is accepted or finishes meanwhile.
 */
const cursorSchema = z.strictObject({
  accepted: z.int().nonnegative(),
  finished: z.int().nonnegative(),
  slot: z.int().nonnegative(),
  /** The window of the first page: its defaults depend on the time of asking. */
  startMs: z.number(),
  endMs: z.number().nullable(),
});

export type PageCursor = z.output<typeof cursorSchema>;

export interface TimeWindow {
  readonly startMs: number;
  /** Exclusive; null has no end. */
  readonly endMs: number | null;
}

export function beginPaging(ledger: Ledger, window: TimeWindow): PageCursor {
  return { accepted: ledger.requests().length, finished: ledger.finished().length, slot: 0, ...window };
}

export function encodeCursor(cursor: PageCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

export function decodeCursor(text: string, ledger: Ledger): PageCursor {
  const cursor = cursorSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString('utf8'))).data;
  if (!cursor || cursor.accepted > ledger.requests().length || cursor.finished > ledger.finished().length) {
    throw new PlatformError(
      400,
      'validation_error',
      'Invalid request parameters: cursor: Not a cursor of this listing',
    );
  }
  return cursor;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
