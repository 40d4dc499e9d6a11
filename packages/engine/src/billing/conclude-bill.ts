/**
 * A bill that was asked for and has not come: asked for again later, or, once fal's time to bill has passed, taken as it
 * is. What was charged stays; what waited for the bill alone is charged by assumption, or given back where nothing of it
 * can have been billed. An event that comes even later still corrects it.
 */
import { billingWindowMs, isTerminal, nextBillLookMs } from '@reelay/core';
import {
  type AttemptRow,
  type AttemptWithJob,
  appendLedger,
  type BillRow,
  closeWithoutEvent,
  type DueBill,
  hasUnclaimedBill,
  inTransaction,
  isOrphanSettled,
  isReleased,
  loadAttempt,
  lockOpenBill,
  postponeBill,
  readCharged,
  type Tx,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { chargeLines, standsForAttempt } from './charge-lines.ts';
import { CLOCK_MARGIN_MS } from './sweep-bill.ts';

export interface Asked {
  /** fal's bill could be read, so that what is missing there is missing. */
  readonly readable: boolean;
}

export async function concludeBill(context: Context, due: DueBill, { readable }: Asked): Promise<void> {
  await inTransaction(context.db, async (tx) => {
    const loaded = await loadAttempt(tx, due.attempt_id, 'lock');
    const bill = loaded && (await lockOpenBill(tx, due.id));
    if (!bill) return;
    const known = due.over && !isUnderWay(loaded) ? await withoutBill(context, tx, loaded, bill, readable) : null;
    if (known && readable) await closeWithoutEvent(tx, bill.id, known);
    else await postponeBill(tx, bill.id, nextBillLookMs(context.policy, due.looks), billingWindowMs(context.policy));
  });
}

/** Its own verbs still look after it. */
function isUnderWay({ attempt, job }: AttemptWithJob): boolean {
  return attempt.state === 'accepted' && job.status !== 'needs_review' && !isTerminal(job.status);
}

interface Known {
  readonly billedNanoUsd: 0n | null;
  readonly reason: 'no_event' | null;
}

const NOTHING_BILLED: Known = { billedNanoUsd: 0n, reason: null };
const NO_EVENT: Known = { billedNanoUsd: null, reason: 'no_event' };

async function withoutBill(
  context: Context,
  tx: Tx,
  { attempt }: AttemptWithJob,
  bill: BillRow,
  readable: boolean,
): Promise<Known | null> {
  const { request_id: requestId } = bill;
  // The bill of a request that was given up was opened as its attempt's.
  const orphan = bill.orphan || (await isBookedAsOrphan(tx, attempt, requestId));
  const { charged_nano_usd: charged } = await readCharged(tx, {
    attemptId: attempt.id,
    requestId: requestId ?? '',
    orphan,
  });
  if (charged !== null) return charged === 0n ? NOTHING_BILLED : NO_EVENT;
  if (!orphan && cannotBeBilled(attempt, requestId) && (await isReleased(tx, attempt.id))) return NOTHING_BILLED;
  // Nobody knows whether there is a request, and what is not known of it must not become a charge.
  if (requestId === null && !readable) return null;
  const fields = { attemptId: attempt.id, jobId: attempt.job_id, requestId };
  if (requestId === null && !(await mayBeBilled(context, tx, attempt))) {
    const release = { kind: 'release', amountNanoUsd: attempt.reserved_nano_usd, basis: 'not_billed' } as const;
    await appendLedger(tx, attempt.id, [release]);
    context.log.warn(fields, 'nothing was billed for an attempt that nobody found: its reservation is given back');
    return NOTHING_BILLED;
  }
  const assumed = { amountNanoUsd: attempt.reserved_nano_usd, basis: 'assumed' } as const;
  await appendLedger(tx, attempt.id, chargeLines(attempt, orphan ? requestId : null, assumed));
  context.log.warn(fields, 'the bill of an attempt has not come: its reservation is charged by assumption');
  return NO_EVENT;
}

/** One that was found after its reservation had been given back may be billed all the same. */
function cannotBeBilled({ state }: AttemptRow, requestId: string | null): boolean {
  return requestId === null || state === 'refused' || state === 'released';
}

/** fal billed a run of its model in the time in which its own could have been, and nobody has claimed it. */
function mayBeBilled({ policy }: Context, tx: Tx, { id }: AttemptRow): Promise<boolean> {
  const longestMs = policy.startTimeoutMs + policy.longestRunMs;
  return hasUnclaimedBill(tx, id, { beforeMs: CLOCK_MARGIN_MS, afterMs: longestMs + CLOCK_MARGIN_MS });
}

async function isBookedAsOrphan(tx: Tx, attempt: AttemptRow, requestId: string | null): Promise<boolean> {
  if (requestId === null || !(await isOrphanSettled(tx, requestId))) return false;
  return !(await standsForAttempt(tx, attempt, requestId));
}
