// One row of fal's billing events. Every amount is worked out in whole nano-dollars and turned into dollars once, so
// the rows of a request sum to its line in the ledger.
import { divideRounded } from '../divide-rounded.ts';
import type { Outcome, SimRequest } from '../sim-request.ts';
import { toUsd } from './usd.ts';

const UNIT_DECIMALS = 10;

export function buildBillingEvent(request: SimRequest, outcome: Outcome, withTags: boolean) {
  const { subtotalNanoUsd, billedNanoUsd, billableUnits } = outcome;
  return {
    request_id: request.id,
    endpoint_id: request.endpoint,
    timestamp: new Date(outcome.finishedAtMs).toISOString(),
    output_units: billableUnits === null ? null : Number(billableUnits),
    unit_price: unitPriceUsd(subtotalNanoUsd, billableUnits),
    percent_discount: outcome.discountPercent,
    cost_subtotal: toUsd(subtotalNanoUsd),
    cost_discount: toUsd(subtotalNanoUsd - billedNanoUsd),
    cost_total: toUsd(billedNanoUsd),
    cost_estimate_nano_usd: Number(billedNanoUsd),
    ...(withTags ? { tags: request.tags } : {}),
  };
}

/** What a unit came to, a surcharge included. */
function unitPriceUsd(subtotalNanoUsd: bigint, billableUnits: string | null): number | null {
  const [whole = '0', fraction = ''] = (billableUnits ?? '0').split('.');
  const units = BigInt(whole + fraction.padEnd(UNIT_DECIMALS, '0'));
  return units === 0n ? null : toUsd(divideRounded(subtotalNanoUsd * 10n ** BigInt(UNIT_DECIMALS), units));
}
