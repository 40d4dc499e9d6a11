/**
 * What an event of fal's bill adds to the ledger. The first event of a request corrects its charge to what was billed, or
 * is the charge where nothing was charged yet; one that says something else after that is money on top.
 */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface BilledRequest {
  /** Different events that were booked for it before. */
  readonly eventsBefore: number;
  /** Charged for it so far, adjustments included; null: nothing was charged yet. */
  readonly chargedNanoUsd: NanoUsd | null;
  readonly costNanoUsd: NanoUsd;
}

export interface Booking {
  /** Null: there is a charge already. */
  readonly chargeNanoUsd: NanoUsd | null;
  /** 0: nothing to adjust, and no entry. */
  readonly adjustNanoUsd: NanoUsd;
}

export function bookEvent({ eventsBefore, chargedNanoUsd, costNanoUsd }: BilledRequest): Booking {
  if (chargedNanoUsd === null) {
    // A charge is never negative; a credit is an adjustment of nothing.
    const chargeNanoUsd = costNanoUsd > 0n ? costNanoUsd : 0n;
    return { chargeNanoUsd, adjustNanoUsd: costNanoUsd - chargeNanoUsd };
  }
  const adjustNanoUsd = eventsBefore === 0 ? costNanoUsd - chargedNanoUsd : costNanoUsd;
  return { chargeNanoUsd: null, adjustNanoUsd };
}
