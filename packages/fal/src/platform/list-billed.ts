/**
 * Asks fal's platform what it billed, for a model in a window of time or for up to fifty requests. Needs a key with admin
 * rights. fal records with a lag of minutes to hours and may repeat an event, so a missing one proves nothing and a
 * doubled one is one: events that say the same to the letter have the same digest. An event whose cost cannot be read
 * makes the whole reading unavailable, because money that is skipped in silence is lost.
 */
import { z } from 'zod';
import type { BilledOutcome, BilledQuestion } from '../fal.ts';
import { billedEvent, billedEventSchema } from './billed-event.ts';
import { type PlatformContext, readPages } from './read-pages.ts';

const PAGE_LIMIT = 1_000;
/** fal takes no more in one question. */
export const BILLED_REQUESTS_MAX = 50;

const Page = z.object({ billing_events: z.array(billedEventSchema) });

export async function listBilled(context: PlatformContext, question: BilledQuestion): Promise<BilledOutcome> {
  const { endpointId, requestIds = [], fromMs, toMs } = question;
  if (requestIds.length > BILLED_REQUESTS_MAX) {
    throw new RangeError(
      `fal tells the bill of ${BILLED_REQUESTS_MAX} requests at a time, not of ${requestIds.length}`,
    );
  }
  const reading = await readPages(context, {
    path: '/models/billing-events',
    query: {
      ...(endpointId === undefined ? {} : { endpoint_id: endpointId }),
      ...(requestIds.length === 0 ? {} : { request_id: requestIds.join(',') }),
      start: new Date(fromMs).toISOString(),
      end: new Date(toMs).toISOString(),
      limit: String(PAGE_LIMIT),
    },
    itemsOf: (page) => {
      const read = Page.safeParse(page);
      return read.success ? read.data.billing_events.map(billedEvent) : null;
    },
  });
  if (reading.kind !== 'listed') return reading;
  const events = new Map(reading.items.map((event) => [event.digest, event]));
  return { kind: 'listed', events: [...events.values()], complete: reading.complete };
}
