/**
 * Asks fal's platform what it billed, for a model in a window of time or for up to fifty requests. Needs a key with admin
 * rights. fal records with a lag of minutes to hours and may repeat an event, so a missing one proves nothing and a
 * doubled one is one: events that say the same to the letter have the same digest. An event whose cost cannot be read
 * makes the whole reading unavailable, because money that is skipped in silence is lost.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { BilledEvent, BilledOutcome, BilledQuestion } from '../fal.ts';
import { isId } from '../ids.ts';
import { type PlatformContext, readPages } from './read-pages.ts';

const PAGE_LIMIT = 1_000;
/** fal takes no more in one question. */
export const BILLED_REQUESTS_MAX = 50;

const Event = z.object({
  request_id: z.string(),
  endpoint_id: z.string(),
  timestamp: z.iso.datetime({ offset: true }),
  output_units: z.number().nullish(),
  unit_price: z.number().nullish(),
  percent_discount: z.number().nullish(),
  /** Whole nano-dollars, exact as a double below nine million dollars. */
  cost_estimate_nano_usd: z.int(),
});
const Page = z.object({ billing_events: z.array(Event) });

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
      return read.success ? read.data.billing_events.filter(({ request_id }) => isId(request_id)).map(eventOf) : null;
    },
  });
  if (reading.kind !== 'listed') return reading;
  const events = new Map(reading.items.map((event) => [event.digest, event]));
  return { kind: 'listed', events: [...events.values()], complete: reading.complete };
}

function eventOf(event: z.output<typeof Event>): BilledEvent {
  const said = {
    requestId: event.request_id,
    endpointId: event.endpoint_id,
    occurredAtMs: Date.parse(event.timestamp),
    outputUnits: textOf(event.output_units),
    unitPrice: textOf(event.unit_price),
    percentDiscount: textOf(event.percent_discount),
  };
  const canonical = JSON.stringify([...Object.values(said), String(event.cost_estimate_nano_usd)]);
  const digest = createHash('sha256').update(canonical).digest('hex');
  return { ...said, costNanoUsd: BigInt(event.cost_estimate_nano_usd), digest };
}

/** The shortest decimal that stands for the number fal wrote. */
function textOf(value: number | null | undefined): string | null {
  return value == null ? null : String(value);
}
