/** The end of an orphan acceptance and its cost, written together. */
import { type Charge, chargeFor, classOf, findModel } from '@reelay/core';
import { type AttemptWithJob, appendLedger, markOrphanSettled, type Tx } from '@reelay/db';
import type { Ending } from './read-ending.ts';

export interface OrphanEnding {
  readonly ending: Ending;
  readonly used: boolean;
}

/** False when it was settled before. The caller holds the locks of job and attempt. */
export async function bookOrphan(
  tx: Tx,
  { attempt }: AttemptWithJob,
  requestId: string,
  { ending, used }: OrphanEnding,
): Promise<boolean> {
  const httpStatus = ending.kind === 'lost' ? null : ending.httpStatus;
  const billableUnits = ending.kind === 'lost' ? null : ending.billableUnits;
  const end = { outcome: ending.kind, used, httpStatus, billableUnits };
  if (!(await markOrphanSettled(tx, requestId, end))) return false;
  const charge = costOf(ending, attempt.model, attempt.reserved_nano_usd);
  if (charge === null) return true;
  const { amountNanoUsd, basis } = charge;
  await appendLedger(tx, attempt.id, [{ kind: 'orphan_charge', amountNanoUsd, basis, requestId }]);
  // An attempt sends one request: this is what the reservation of a lost one was kept for.
  if (attempt.state === 'lost' && (attempt.request_id ?? requestId) === requestId) {
    const released = { kind: 'release', amountNanoUsd: attempt.reserved_nano_usd, basis: 'settled' } as const;
    await appendLedger(tx, attempt.id, [released]);
  }
  return true;
}

/** Null when only fal's bill can tell. */
function costOf(ending: Ending, model: string, listPriceNanoUsd: bigint): Charge | null {
  if (ending.kind === 'lost') return null;
  return chargeFor({
    billed: ending.kind === 'succeeded' ? 'yes' : classOf(ending.failure).billed,
    billableUnits: ending.billableUnits,
    unitPriceNanoUsd: findModel(model)?.unitPriceNanoUsd ?? 0n,
    listPriceNanoUsd,
  });
}
