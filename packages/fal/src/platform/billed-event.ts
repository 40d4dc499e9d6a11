/**
 * An event of fal's bill as it is kept. Readings of the same event must have the same digest, so what fal may say in two
 * ways, like no discount, is kept in one. An event whose request id cannot be one is kept under what is legible of it: it
 * belongs to no request of ours, and money that is skipped in silence is lost.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { BilledEvent } from '../fal.ts';
import { isId } from '../ids.ts';

export const billedEventSchema = z.object({
  request_id: z.string(),
  endpoint_id: z.string(),
  timestamp: z.iso.datetime({ offset: true }),
  output_units: z.number().nullish(),
  unit_price: z.number().nullish(),
  percent_discount: z.number().nullish(),
  /** Whole nano-dollars, exact as a double below nine million dollars. */
  cost_estimate_nano_usd: z.int(),
});

const ID_CHARS_MAX = 128;

export function billedEvent(event: z.output<typeof billedEventSchema>): BilledEvent {
  const said = {
    requestId: event.request_id,
    endpointId: event.endpoint_id,
    occurredAtMs: Date.parse(event.timestamp),
    outputUnits: textOf(event.output_units),
    unitPrice: textOf(event.unit_price),
    percentDiscount: event.percent_discount === 0 ? null : textOf(event.percent_discount),
  };
  const canonical = JSON.stringify([...Object.values(said), String(event.cost_estimate_nano_usd)]);
  const digest = createHash('sha256').update(canonical).digest('hex');
  return { ...said, requestId: legible(said.requestId), costNanoUsd: BigInt(event.cost_estimate_nano_usd), digest };
}

/** Never the id of a request when it was none before. */
function legible(requestId: string): string {
  if (isId(requestId)) return requestId;
  return `?${requestId.replace(/[^A-Za-z0-9_-]/g, '?')}`.slice(0, ID_CHARS_MAX);
}

/** The shortest decimal that stands for the number fal wrote. */
function textOf(value: number | null | undefined): string | null {
  return value == null ? null : String(value);
}
