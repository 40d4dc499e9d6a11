/** The entries that a charge is made of, whoever writes it. */
import type { Charge } from '@reelay/core';
import { type AttemptRow, hasCharge, type LedgerLine, type Tx } from '@reelay/db';

/**
 * A charge and what it makes of the reservation: an attempt's own gives the whole of it back, and so does the charge of
 * the one request that a lost attempt sent.
 */
export function chargeLines(
  attempt: AttemptRow,
  orphanRequestId: string | null,
  { amountNanoUsd, basis }: Pick<Charge, 'amountNanoUsd' | 'basis'>,
): LedgerLine[] {
  const release: LedgerLine = { kind: 'release', amountNanoUsd: attempt.reserved_nano_usd, basis: 'settled' };
  if (orphanRequestId === null) return [release, { kind: 'charge', amountNanoUsd, basis }];
  const charge: LedgerLine = { kind: 'orphan_charge', amountNanoUsd, basis, requestId: orphanRequestId };
  return isRequestOfLost(attempt, orphanRequestId) ? [charge, release] : [charge];
}

/** A lost attempt that was charged from the bill, or by assumption: what was charged stands for its request. */
export async function standsForAttempt(tx: Tx, attempt: AttemptRow, requestId: string): Promise<boolean> {
  return isRequestOfLost(attempt, requestId) && hasCharge(tx, attempt.id);
}

/** An attempt sends one request, so this is what the reservation of a lost one was kept for. */
function isRequestOfLost({ state, request_id }: AttemptRow, requestId: string): boolean {
  return state === 'lost' && (request_id ?? requestId) === requestId;
}
