/**
 * Reads one of the platform's lists to its end, page by page. Bounded in pages and bytes; a list that was not read to its
 * end says so, because what is missing from half a list proves nothing.
 */
import type { Failure } from '@reelay/core';
import { z } from 'zod';
import type { AskContext } from '../ask.ts';
import { parseJson } from '../provider-words.ts';
import { noAnswerFailure, readFailure } from '../read-failure.ts';

export interface PlatformContext extends AskContext {
  /** Null: this deployment has no platform to ask. */
  readonly platformUrl: string | null;
}

export interface ListQuestion<Item> {
  /** Below the platform's URL. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Takes the items out of a page; null when the page is not what fal documents. */
  readonly itemsOf: (page: unknown) => readonly Item[] | null;
}

export type ListReading<Item> =
  | { readonly kind: 'listed'; readonly items: readonly Item[]; readonly complete: boolean }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | { readonly kind: 'not_available' };

const PAGES_MAX = 50;
const PAGE_BYTES_MAX = 8 * 1024 * 1024;

const Paging = z.looseObject({ next_cursor: z.string().nullish(), has_more: z.boolean().optional() });

export async function readPages<Item>(
  context: PlatformContext,
  question: ListQuestion<Item>,
): Promise<ListReading<Item>> {
  if (context.platformUrl === null) return { kind: 'not_available' };
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const read: PageReading<Item> = await readPage(context, question, pageUrl(context.platformUrl, question, cursor));
    if (read.kind === 'unavailable') return read;
    items.push(...read.items);
    if (read.nextCursor === null) return { kind: 'listed', items, complete: true };
    cursor = read.nextCursor;
  }
  return { kind: 'listed', items, complete: false };
}

function pageUrl(platformUrl: string, { path, query }: ListQuestion<unknown>, cursor: string | null): string {
  const url = new URL(`${platformUrl}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  if (cursor !== null) url.searchParams.set('cursor', cursor);
  return url.href;
}

type PageReading<Item> =
  | { readonly kind: 'read'; readonly items: readonly Item[]; readonly nextCursor: string | null }
  | { readonly kind: 'unavailable'; readonly failure: Failure };

async function readPage<Item>(
  context: AskContext,
  { itemsOf }: ListQuestion<Item>,
  url: string,
): Promise<PageReading<Item>> {
  const request = {
    method: 'GET',
    url,
    headers: { accept: 'application/json', authorization: `Key ${context.credentials}` },
    body: null,
    signal: AbortSignal.timeout(context.readMs),
  };
  const asked = await context.reader.read(request, PAGE_BYTES_MAX);
  if (asked.kind === 'no_answer') return { kind: 'unavailable', failure: noAnswerFailure(asked.code) };
  const { answer } = asked;
  if (answer.status === 200 && answer.body.kind === 'whole') {
    const page = parseJson(answer.body.text);
    const paging = Paging.safeParse(page);
    const items = itemsOf(page);
    if (paging.success && items) {
      const nextCursor = paging.data.has_more === false ? null : (paging.data.next_cursor ?? null);
      return { kind: 'read', items, nextCursor };
    }
  }
  return { kind: 'unavailable', failure: readFailure(answer, context.secrets, Date.now()) };
}
