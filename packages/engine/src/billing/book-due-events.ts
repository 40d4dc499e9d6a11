import { dueBillingEvents } from '@reelay/db';
import type { Context } from '../context.ts';
import { bookBillingEvent } from './book-billing-event.ts';

const PAGE = 500;
/** What is left then is booked by the next run. */
const PAGES_MAX = 100;

/** Books stored events whose turn it is; how many were. */
export async function bookDueEvents(context: Context): Promise<number> {
  let booked = 0;
  let after = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const digests = await dueBillingEvents(context.db, after, PAGE);
    for (const digest of digests) if ((await bookBillingEvent(context, digest)) === 'booked') booked += 1;
    after = digests.at(-1) ?? after;
    if (digests.length < PAGE) break;
  }
  return booked;
}
