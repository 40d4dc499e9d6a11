/** What the rest of a batch will cost if it does as its pilot did, compared with the list price. */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface PilotCost {
  /** Pilot jobs that have ended. */
  readonly done: number;
  /** What all their attempts cost, and what is still held for them. */
  readonly spentNanoUsd: NanoUsd;
  /** The list price of these jobs. */
  readonly listNanoUsd: NanoUsd;
  /** The list price of all jobs that are not in the pilot. */
  readonly restListNanoUsd: NanoUsd;
}

/** Null until something has ended: nothing is known then. Rounded up. */
export function forecastRest({ done, spentNanoUsd, listNanoUsd, restListNanoUsd }: PilotCost): NanoUsd | null {
  if (done === 0 || listNanoUsd === 0n) return null;
  return divideUp(restListNanoUsd * spentNanoUsd, listNanoUsd);
}

/** What an ended job of the pilot cost on average, rounded up; null until one has. */
export function costPerRow({ done, spentNanoUsd }: Pick<PilotCost, 'done' | 'spentNanoUsd'>): NanoUsd | null {
  return done === 0 ? null : divideUp(spentNanoUsd, BigInt(done));
}

function divideUp(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}
