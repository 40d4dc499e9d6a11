/**
 * Why fal's bill differs from what was charged, in one word of a closed set. Every difference has one; what nobody can
 * explain says so.
 */
import type { NanoUsd } from '../money/nano-usd.ts';
import { costOfUnits } from '../pricing/price.ts';

export const DIFFERENCE_REASONS = {
  discount: 'fal took a percentage off',
  surcharge: 'a unit cost more than what was charged for it',
  lower_price: 'a unit cost less than what was charged for it',
  units: 'fal billed another number of units than its answer said',
  estimate: "fal's answer did not say its units, so our own estimate was charged",
  several: 'more than one of the above',
  second_event: 'fal billed the request again, with another amount',
  unexplained: 'what fal says of units, price and discount does not explain it',
  no_event: 'fal has billed nothing for it within the window',
} as const satisfies Record<string, string>;

export type DifferenceReason = keyof typeof DIFFERENCE_REASONS;

export interface ChargedAndBilled {
  readonly eventsBefore: number;
  /** Null: nothing was charged before the bill, so there is nothing to differ from. */
  readonly chargedNanoUsd: NanoUsd | null;
  readonly basis: string | null;
  /** Units and unit price that were charged by. */
  readonly chargedUnits: string | null;
  readonly chargedUnitPriceNanoUsd: NanoUsd | null;
  readonly costNanoUsd: NanoUsd;
  readonly outputUnits: string | null;
  /** Dollars a unit, as fal writes it. */
  readonly unitPrice: string | null;
  readonly percentDiscount: string | null;
}

/** Null when there is no difference. */
export function differenceReason(both: ChargedAndBilled): DifferenceReason | null {
  if (both.eventsBefore > 0) return 'second_event';
  if (both.chargedNanoUsd === null || both.chargedNanoUsd === both.costNanoUsd) return null;
  // What was charged as free was not estimated: nothing that an event says explains why it is billed.
  if (both.basis === 'free') return 'unexplained';
  const causes = [...unitCause(both), ...priceCause(both), ...discountCause(both)];
  const [cause] = causes;
  if (cause === undefined) return 'unexplained';
  return causes.length === 1 ? cause : 'several';
}

function unitCause({ basis, chargedUnits, outputUnits }: ChargedAndBilled): DifferenceReason[] {
  if (basis !== 'units' || chargedUnits === null) return ['estimate'];
  return outputUnits !== null && exact(outputUnits) !== exact(chargedUnits) ? ['units'] : [];
}

function priceCause({ basis, chargedUnitPriceNanoUsd: charged, unitPrice }: ChargedAndBilled): DifferenceReason[] {
  const billed = unitPrice === null ? null : exact(unitPrice);
  if (basis !== 'units' || charged === null || billed === null || billed === charged) return [];
  return [billed > charged ? 'surcharge' : 'lower_price'];
}

function discountCause({ percentDiscount }: ChargedAndBilled): DifferenceReason[] {
  return percentDiscount !== null && (exact(percentDiscount) ?? 0n) > 0n ? ['discount'] : [];
}

/** A decimal in whole billionths; null when it is none. */
function exact(decimal: string): bigint | null {
  return costOfUnits(decimal, 1_000_000_000n);
}
