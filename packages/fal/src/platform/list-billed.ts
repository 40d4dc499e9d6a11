/**
 * Asks fal's platform what it billed for a model in a window of time. Needs a key with admin rights. fal records with a
 * lag of minutes to hours and may repeat an event, so a missing one proves nothing and a doubled one is one.
 */
import { z } from 'zod';
import type { BilledOutcome, ListingQuestion } from '../fal.ts';
import { isId } from '../ids.ts';
import { type PlatformContext, readPages } from './read-pages.ts';

const PAGE_LIMIT = 1_000;

const Page = z.object({ billing_events: z.array(z.object({ request_id: z.string() })) });

export async function listBilled(context: PlatformContext, question: ListingQuestion): Promise<BilledOutcome> {
  const reading = await readPages(context, {
    path: '/models/billing-events',
    query: {
      endpoint_id: question.endpointId,
      start: new Date(question.fromMs).toISOString(),
      end: new Date(question.toMs).toISOString(),
      limit: String(PAGE_LIMIT),
    },
    itemsOf: (page) => {
      const read = Page.safeParse(page);
      return read.success ? read.data.billing_events.map((event) => event.request_id).filter(isId) : null;
    },
  });
  if (reading.kind !== 'listed') return reading;
  return { kind: 'listed', requestIds: [...new Set(reading.items)], complete: reading.complete };
}
