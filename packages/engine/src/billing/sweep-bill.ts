/**
 * Reads everything that fal billed for our models since the last reading, from before where that one ended, because events
 * come late. Goes slice by slice from the oldest, and the cursor follows only what was read to its end.
 */
import { MODELS, scaled } from '@reelay/core';
import { moveBillCursor, readBillCursor, storeBillingEvents } from '@reelay/db';
import type { BilledEvent } from '@reelay/fal';
import type { Context } from '../context.ts';

/** fal's clock may differ from ours. Never scaled. */
export const CLOCK_MARGIN_MS = 600_000;
/** fal tells no more than ninety days. */
export const BILL_REACH_MS = 89 * 86_400_000;
const SLICE_MS = 86_400_000;
const SLICE_MIN_MS = 60_000;
const STORE_MAX = 1_000;

export interface Sweep {
  readonly read: boolean;
  readonly found: number;
}

export async function sweepBill(context: Context): Promise<Sweep> {
  const cursor = await readBillCursor(context.db);
  if (cursor === null) return { read: true, found: 0 };
  const nowMs = context.now();
  const overlapMs = scaled(context.policy, context.policy.billingOverlapMs) + CLOCK_MARGIN_MS;
  const endMs = nowMs + CLOCK_MARGIN_MS;
  let fromMs = Math.max(cursor.getTime() - overlapMs, nowMs - BILL_REACH_MS);
  let sliceMs = SLICE_MS;
  let found = 0;
  while (fromMs < endMs) {
    const toMs = Math.min(fromMs + sliceMs, endMs);
    const slice = await readSlice(context, fromMs, toMs);
    if (slice === null) return { read: false, found };
    if (!slice.complete && sliceMs > SLICE_MIN_MS) {
      sliceMs /= 2;
      continue;
    }
    if (!slice.complete) context.log.error({ fromMs, toMs }, 'fal billed more in a minute than can be read');
    found += await storeEvents(context, slice.events);
    await moveBillCursor(context.db, Math.min(toMs, nowMs));
    fromMs = toMs;
  }
  return { read: true, found };
}

interface Slice {
  readonly events: readonly BilledEvent[];
  readonly complete: boolean;
}

/** Null when fal does not tell its bill. */
async function readSlice(context: Context, fromMs: number, toMs: number): Promise<Slice | null> {
  const events: BilledEvent[] = [];
  let complete = true;
  for (const { id: endpointId } of MODELS) {
    const bill = await context.fal.listBilled({ endpointId, fromMs, toMs });
    if (bill.kind !== 'listed') {
      const why = bill.kind === 'unavailable' ? bill.failure.message : 'there is no platform to ask';
      context.log.warn({ why }, "fal's bill cannot be read; charges stay as fal's answers and our prices made them");
      return null;
    }
    events.push(...bill.events);
    complete &&= bill.complete;
  }
  return { events, complete };
}

export async function storeEvents(context: Context, events: readonly BilledEvent[]): Promise<number> {
  let stored = 0;
  for (let from = 0; from < events.length; from += STORE_MAX) {
    stored += await storeBillingEvents(context.db.prisma, events.slice(from, from + STORE_MAX));
  }
  return stored;
}
