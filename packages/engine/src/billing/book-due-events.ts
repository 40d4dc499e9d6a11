import { dueBillingEvents } from '@reelay/db';
import type { Context } from '../context.ts';
import { bookBillingEvent } from './book-billing-event.ts';

const PAGE = 500;
/** What is left then is booked by the next run. */
const PAGES_MAX = 100;

/** Books stored events whose turn it is; how many were. One that cannot be booked holds up no other, and is told in the end. */
export async function bookDueEvents(context: Context): Promise<number> {
  let booked = 0;
  const failures: unknown[] = [];
  let after = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const digests = await dueBillingEvents(context.db, after, PAGE);
    for (const digest of digests) {
      try {
        if ((await bookBillingEvent(context, digest)) === 'booked') booked += 1;
      } catch (error) {
        failures.push(error);
      }
    }
    after = digests.at(-1) ?? after;
    if (digests.length < PAGE || failures.length >= PAGE) break;
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} events of the bill were not booked`);
  return booked;
}
