/** Asks fal by request id for the bills that the sweep has not found, fifty at a time. */
import { billingWindowMs, firstBillLookMs, nextBillLookMs } from '@reelay/core';
import { claimDueBills, type DueBill, inTransaction } from '@reelay/db';
import { BILLED_REQUESTS_MAX } from '@reelay/fal';
import type { Context } from '../context.ts';
import { bookBillingEvent } from './book-billing-event.ts';
import { concludeBill } from './conclude-bill.ts';
import { BILL_REACH_MS, CLOCK_MARGIN_MS, storeEvents } from './sweep-bill.ts';

/** What is left then is asked for by the next run. */
const ROUNDS_MAX = 200;

export interface LookedUp {
  readonly found: number;
  readonly booked: number;
}

/** `swept`: the whole bill was read just now, which is all that can be asked for a bill without a request id. */
export async function lookUpBills(context: Context, swept: boolean): Promise<LookedUp> {
  const total = { found: 0, booked: 0 };
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const due = await claim(context);
    const asked = await ask(context, due);
    for (const bill of due) {
      await concludeBill(context, bill, { readable: bill.request_id === null ? swept : asked.complete });
    }
    total.found += asked.found;
    total.booked += asked.booked;
    if (due.length < BILLED_REQUESTS_MAX) break;
  }
  return total;
}

function claim(context: Context): Promise<DueBill[]> {
  const { policy } = context;
  return inTransaction(context.db, (tx) =>
    claimDueBills(tx, {
      limit: BILLED_REQUESTS_MAX,
      firstMs: firstBillLookMs(policy),
      windowMs: billingWindowMs(policy),
      againMs: nextBillLookMs(policy, 0),
    }),
  );
}

async function ask(context: Context, due: readonly DueBill[]): Promise<LookedUp & { readonly complete: boolean }> {
  const requestIds = due.flatMap(({ request_id }) => (request_id === null ? [] : [request_id]));
  if (requestIds.length === 0) return { found: 0, booked: 0, complete: true };
  const nowMs = context.now();
  const window = { fromMs: nowMs - BILL_REACH_MS, toMs: nowMs + CLOCK_MARGIN_MS };
  const bill = await context.fal.listBilled({ ...window, requestIds });
  if (bill.kind !== 'listed') return { found: 0, booked: 0, complete: false };
  const found = await storeEvents(context, bill.events);
  let booked = 0;
  for (const { digest } of bill.events) if ((await bookBillingEvent(context, digest)) === 'booked') booked += 1;
  return { found, booked, complete: bill.complete };
}
