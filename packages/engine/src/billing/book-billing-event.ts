/**
 * Books one event of fal's bill: finds whose request it is, corrects what was charged for it to what was billed, and says
 * why they differed, in one transaction that is conditional on the event still being unbooked. An event that comes before
 * its request is settled, or known, waits and is tried again.
 */
import { bookEvent, differenceReason, isTerminal, nextBookingMs, scaled } from '@reelay/core';
import {
  type AttemptWithJob,
  addToBill,
  appendLedger,
  type BillingEventRow,
  closeIncident,
  findBilled,
  findBillingEvent,
  hasCharge,
  inTransaction,
  isOrphanSettled,
  isSeenBefore,
  loadAttempt,
  lockBill,
  lockUnbooked,
  markBooked,
  postponeBooking,
  raiseIncident,
  readCharged,
  type Tx,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { raiseBillIncidents } from './bill-incidents.ts';
import { chargeLines, standsForAttempt } from './charge-lines.ts';

export type BookingReport = 'booked' | 'waits' | 'nothing';

export async function bookBillingEvent(context: Context, digest: string): Promise<BookingReport> {
  const event = await findBillingEvent(context.db.prisma, digest);
  if (!event || event.booked_at !== null) return 'nothing';
  return inTransaction(context.db, async (tx) => {
    const holder = await findBilled(tx, event.request_id);
    if (!holder) return unclaimed(context, tx, event);
    const loaded = await loadAttempt(tx, holder.attemptId, 'lock');
    const billed = await findBilled(tx, event.request_id);
    if (!loaded || billed?.attemptId !== holder.attemptId) return postpone(context, tx, event);
    if (!(await isReady(tx, loaded, event.request_id, billed.orphan))) return postpone(context, tx, event);
    if (!(await lockUnbooked(tx, digest))) return 'nothing';
    await book(context, tx, loaded, { event, orphan: billed.orphan });
    await context.failpoint('billing.before_commit');
    return 'booked';
  });
}

/** Nobody knows the request yet: a lost answer is found again by evidence. After a day it is an incident. */
async function unclaimed(context: Context, tx: Tx, event: BillingEventRow): Promise<BookingReport> {
  const { request_id: requestId, endpoint_id, cost_nano_usd } = event;
  if (await isSeenBefore(tx, event.digest, scaled(context.policy, context.policy.unclaimedBillMs))) {
    const message = `fal billed request ${requestId}, which no attempt stands for; look it up at fal, and adopt it for the job that it belongs to`;
    const isNew = await raiseIncident(tx, {
      id: newId(context, 'incident'),
      projectId: null,
      kind: 'unknown_request_billed',
      key: requestId,
      requestId,
      message,
      detail: { endpoint_id, cost_nano_usd: String(cost_nano_usd), occurred_at: event.occurred_at.toISOString() },
    });
    if (isNew) context.log.error({ requestId, model: endpoint_id }, 'fal billed a request that no attempt stands for');
  }
  return postpone(context, tx, event);
}

async function postpone(context: Context, tx: Tx, event: BillingEventRow): Promise<BookingReport> {
  await postponeBooking(tx, event.digest, nextBookingMs(context.policy, event.tries));
  return 'waits';
}

/** Its own settling comes first where it is still to come: that knows the units, and the bill then corrects it. */
async function isReady(tx: Tx, { attempt, job }: AttemptWithJob, requestId: string, orphan: boolean): Promise<boolean> {
  if (orphan) return isOrphanSettled(tx, requestId);
  if (attempt.state === 'succeeded' || attempt.state === 'failed' || attempt.state === 'lost') return true;
  const isParked = attempt.state === 'accepted' && (job.status === 'needs_review' || isTerminal(job.status));
  return isParked || hasCharge(tx, attempt.id);
}

interface Booked {
  readonly event: BillingEventRow;
  readonly orphan: boolean;
}

async function book(context: Context, tx: Tx, loaded: AttemptWithJob, { event, orphan }: Booked): Promise<void> {
  const { attempt } = loaded;
  const { request_id: requestId, digest, cost_nano_usd: costNanoUsd } = event;
  const bill = await lockBill(tx, { attemptId: attempt.id, requestId });
  const eventsBefore = bill?.events ?? 0;
  const own = !orphan || (await standsForAttempt(tx, attempt, requestId));
  const charged = await readCharged(tx, { attemptId: attempt.id, requestId, orphan: !own });
  const reason = differenceReason({
    eventsBefore,
    chargedNanoUsd: charged.charged_nano_usd,
    basis: charged.basis,
    ...(await chargedBy(tx, loaded, requestId, orphan)),
    costNanoUsd,
    outputUnits: event.output_units,
    unitPrice: event.unit_price,
    percentDiscount: event.percent_discount,
  });
  const { chargeNanoUsd, adjustNanoUsd } = bookEvent({
    eventsBefore,
    chargedNanoUsd: charged.charged_nano_usd,
    costNanoUsd,
  });
  if (chargeNanoUsd !== null) {
    const charge = { amountNanoUsd: chargeNanoUsd, basis: 'billed' } as const;
    await appendLedger(tx, attempt.id, chargeLines(attempt, orphan ? requestId : null, charge));
  }
  if (adjustNanoUsd !== 0n) {
    const adjust = { amountNanoUsd: adjustNanoUsd, basis: reason ?? 'billed', requestId, eventDigest: digest };
    await appendLedger(tx, attempt.id, [{ kind: 'adjust', ...adjust }]);
  }
  if (bill) await addToBill(tx, bill.id, { costNanoUsd, reason });
  await markBooked(tx, digest, { attemptId: attempt.id, orphan });
  await closeIncident(tx, 'unknown_request_billed', requestId);
  await raiseBillIncidents(context, tx, loaded, {
    event,
    eventsBefore,
    billedNanoUsd: (bill?.billed_nano_usd ?? 0n) + costNanoUsd,
  });
}

async function chargedBy(tx: Tx, { attempt }: AttemptWithJob, requestId: string, orphan: boolean) {
  const of = orphan ? await tx.orphanAcceptance.findUnique({ where: { request_id: requestId } }) : attempt;
  return { chargedUnits: of?.billable_units ?? null, chargedUnitPriceNanoUsd: of?.unit_price_nano_usd ?? null };
}
