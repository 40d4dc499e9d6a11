/**
 * Holds fal's bill against the ledger: reads what fal billed since the last time, books each event once, and asks by name
 * for the bills that have not come. Any worker may run it, any number of times and at once with others; what one of them
 * drops when it dies, the next run finds. Nothing here ever sends.
 */
import type { Context } from '../context.ts';
import { bookDueEvents } from './book-due-events.ts';
import { checkPrices } from './check-prices.ts';
import { lookUpBills } from './look-up-bills.ts';
import { sweepBill } from './sweep-bill.ts';

export interface ReconcileReport {
  /** The bill was read to its end up to now. */
  readonly read: boolean;
  /** Events that were not known before. */
  readonly found: number;
  readonly booked: number;
}

export async function reconcile(context: Context): Promise<ReconcileReport> {
  await step(context, 'prices', undefined, () => checkPrices(context));
  const swept = await step(context, 'sweep', { read: false, found: 0 }, () => sweepBill(context));
  await context.failpoint('billing.stored');
  const booked = await step(context, 'booking', 0, () => bookDueEvents(context));
  const asked = await step(context, 'look-up', { found: 0, booked: 0 }, () => lookUpBills(context, swept.read));
  const report = { read: swept.read, found: swept.found + asked.found, booked: booked + asked.booked };
  if (report.found + report.booked > 0) context.log.info(report, 'bill reconciled');
  return report;
}

/** One step that fails does not keep the others from their work. */
async function step<T>(context: Context, name: string, otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    context.log.error({ err: error, step: name }, 'reconciling failed in one step; the next round tries again');
    return otherwise;
  }
}
