/**
 * Asks fal's platform which requests of a model it holds for a window of time. Best effort by nature: fal records with a
 * lag of minutes to hours, so what is missing here proves nothing, and a listing that was not read to its end says so.
 */
import { z } from 'zod';
import type { AskContext } from './ask.ts';
import type { ListedRequest, ListingOutcome, ListingQuestion } from './fal.ts';
import { isId } from './ids.ts';
import { parseJson } from './provider-words.ts';
import { noAnswerFailure, readFailure } from './read-failure.ts';

const PAGE_LIMIT = 100;
const PAGES_MAX = 50;
const PAGE_BYTES_MAX = 8 * 1024 * 1024;

const Page = z.object({
  items: z.array(
    z.object({
      request_id: z.string(),
      sent_at: z.iso.datetime({ offset: true }).nullish(),
      ended_at: z.string().nullish(),
      status_code: z.number().nullish(),
      json_input: z.unknown().optional(),
    }),
  ),
  next_cursor: z.string().nullish(),
  has_more: z.boolean().optional(),
});

export async function listRequests(
  context: AskContext & { readonly platformUrl: string | null },
  question: ListingQuestion,
): Promise<ListingOutcome> {
  if (context.platformUrl === null) return { kind: 'not_available' };
  const found: ListedRequest[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const read = await readPage(context, pageUrl(context.platformUrl, question, cursor));
    if (read.kind === 'unavailable') return read;
    found.push(...read.page.items.flatMap(listedOf));
    cursor = read.page.has_more === false ? null : (read.page.next_cursor ?? null);
    if (cursor === null) return { kind: 'listed', requests: found, complete: true };
  }
  return { kind: 'listed', requests: found, complete: false };
}

function pageUrl(platformUrl: string, question: ListingQuestion, cursor: string | null): string {
  const url = new URL(`${platformUrl}/models/requests/by-endpoint`);
  url.searchParams.set('endpoint_id', question.endpointId);
  url.searchParams.set('start', new Date(question.fromMs).toISOString());
  url.searchParams.set('end', new Date(question.toMs).toISOString());
  url.searchParams.set('expand', 'payloads');
  url.searchParams.set('limit', String(PAGE_LIMIT));
  if (cursor !== null) url.searchParams.set('cursor', cursor);
  return url.href;
}

type PageRead =
  | { readonly kind: 'read'; readonly page: z.output<typeof Page> }
  | Extract<ListingOutcome, { kind: 'unavailable' }>;

async function readPage(context: AskContext, url: string): Promise<PageRead> {
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
  const page =
    answer.status === 200 && answer.body.kind === 'whole' ? Page.safeParse(parseJson(answer.body.text)) : null;
  if (page?.success) return { kind: 'read', page: page.data };
  return { kind: 'unavailable', failure: readFailure(answer, context.secrets, Date.now()) };
}

function listedOf(item: z.output<typeof Page>['items'][number]): ListedRequest[] {
  if (!isId(item.request_id)) return [];
  const sentAtMs = item.sent_at ? Date.parse(item.sent_at) : null;
  return [{ requestId: item.request_id, sentAtMs, input: item.json_input ?? null }];
}
