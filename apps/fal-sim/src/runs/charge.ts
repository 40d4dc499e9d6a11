// What the provider charges in the end for what the price list asks: a surcharge raises the price, a discount is taken
// off the raised sum. Drawn once, when the run ends, and kept with the outcome: a bill does not change afterwards.
import { divideRounded } from '../divide-rounded.ts';
import type { FaultDice } from '../faults/fault-dice.ts';
import type { SimRequest } from '../sim-request.ts';

/** A percent has six decimals here. */
const WHOLE = 100_000_000n;

export interface Charge {
  /** After the surcharge, before the discount. */
  readonly subtotalNanoUsd: bigint;
  /** Null when there is none. */
  readonly discountPercent: number | null;
  readonly billedNanoUsd: bigint;
}

export function drawCharge(listNanoUsd: bigint, request: SimRequest, dice: FaultDice): Charge {
  const surchargePercent = dice.askOnce('billing.surcharge', request)?.amount ?? 0;
  return computeCharge(listNanoUsd, surchargePercent, dice.askOnce('billing.discount', request)?.amount ?? null);
}

export function computeCharge(listNanoUsd: bigint, surchargePercent: number, discountPercent: number | null): Charge {
  const subtotalNanoUsd = listNanoUsd + shareOf(listNanoUsd, surchargePercent);
  const billedNanoUsd = subtotalNanoUsd - shareOf(subtotalNanoUsd, discountPercent ?? 0);
  return { subtotalNanoUsd, discountPercent, billedNanoUsd };
}

function shareOf(nanoUsd: bigint, percent: number): bigint {
  return divideRounded(nanoUsd * BigInt(Math.round(percent * 1e6)), WHOLE);
}
