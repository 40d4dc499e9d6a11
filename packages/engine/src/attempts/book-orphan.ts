/** The end of an orphan acceptance and its cost, written together. */
import { type Charge, chargeFor, classOf } from '@reelay/core';
import { type AttemptWithJob, appendLedger, markOrphanSettled, type Tx } from '@reelay/db';
import { chargeLines, standsForAttempt } from '../billing/charge-lines.ts';
import { tellOfCharge } from '../billing/tell-of-charge.ts';
import { unitPriceOf } from '../billing/unit-price.ts';
import type { Context } from '../context.ts';
import type { Ending } from './read-ending.ts';

export interface OrphanEnding {
  readonly ending: Ending;
  readonly used: boolean;
}

/** False when it was settled before. The caller holds the locks of job and attempt. */
export async function bookOrphan(
  context: Context,
  tx: Tx,
  loaded: AttemptWithJob,
  requestId: string,
  { ending, used }: OrphanEnding,
): Promise<boolean> {
  const { attempt } = loaded;
  const httpStatus = ending.kind === 'lost' ? null : ending.httpStatus;
  const billableUnits = ending.kind === 'lost' ? null : ending.billableUnits;
  const unitPriceNanoUsd = await unitPriceOf(tx, attempt.model);
  const end = { outcome: ending.kind, used, httpStatus, billableUnits, unitPriceNanoUsd };
  if (!(await markOrphanSettled(tx, requestId, end))) return false;
  const charge = costOf(ending, unitPriceNanoUsd, attempt.reserved_nano_usd);
  if (charge === null || (await standsForAttempt(tx, attempt, requestId))) return true;
  await appendLedger(tx, attempt.id, chargeLines(attempt, requestId, charge));
  await tellOfCharge(context, tx, loaded, { requestId, charge, billableUnits });
  return true;
}

/** Null when only fal's bill can tell. */
function costOf(ending: Ending, unitPriceNanoUsd: bigint, listPriceNanoUsd: bigint): Charge | null {
  if (ending.kind === 'lost') return null;
  return chargeFor({
    billed: ending.kind === 'succeeded' ? 'yes' : classOf(ending.failure).billed,
    billableUnits: ending.billableUnits,
    unitPriceNanoUsd,
    listPriceNanoUsd,
  });
}
