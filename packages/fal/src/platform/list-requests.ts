/**
 * Asks fal's platform which requests of a model it holds for a window of time. Best effort by nature: fal records with a
 * lag of minutes to hours, so what is missing here proves nothing, and a listing that was not read to its end says so.
 */
import { z } from 'zod';
import type { ListedRequest, ListingOutcome, ListingQuestion } from '../fal.ts';
import { isId } from '../ids.ts';
import { isRecord } from '../provider-words.ts';
import { type PlatformContext, readPages } from './read-pages.ts';

const PAGE_LIMIT = 100;
const HTTP_OK = 200;

const Page = z.object({
  items: z.array(
    z.object({
      request_id: z.string(),
      sent_at: z.iso.datetime({ offset: true }).nullish(),
      status_code: z.number().nullish(),
      json_input: z.unknown().optional(),
      json_output: z.unknown().optional(),
    }),
  ),
});

export async function listRequests(context: PlatformContext, question: ListingQuestion): Promise<ListingOutcome> {
  const reading = await readPages(context, {
    path: '/models/requests/by-endpoint',
    query: {
      endpoint_id: question.endpointId,
      start: new Date(question.fromMs).toISOString(),
      end: new Date(question.toMs).toISOString(),
      expand: 'payloads',
      limit: String(PAGE_LIMIT),
      ...(question.requestId === undefined ? {} : { request_id: question.requestId }),
    },
    itemsOf: (page) => {
      const read = Page.safeParse(page);
      return read.success ? read.data.items.flatMap(listedOf) : null;
    },
  });
  if (reading.kind !== 'listed') return reading;
  return { kind: 'listed', requests: reading.items, complete: reading.complete };
}

function listedOf(item: z.output<typeof Page>['items'][number]): ListedRequest[] {
  if (!isId(item.request_id)) return [];
  const sentAtMs = item.sent_at ? Date.parse(item.sent_at) : null;
  const succeeded = item.status_code === HTTP_OK && isRecord(item.json_output);
  const output = succeeded ? (item.json_output as Record<string, unknown>) : null;
  return [{ requestId: item.request_id, sentAtMs, input: item.json_input ?? null, output }];
}
