/** What a job costs at list price, and what a finished request costs by fal's own count of units. */
import type { Model, PriceVersion } from '../catalogue/model.ts';
import { NANO_USD_MAX, type NanoUsd } from '../money/nano-usd.ts';

export interface Quote {
  readonly costNanoUsd: NanoUsd;
  readonly priceVersion: string;
}

/** The price table in force at `nowMs`: the latest whose date has come. */
export function priceAt(model: Model, nowMs: number): PriceVersion {
  const inForce = model.prices.filter((price) => Date.parse(price.validFrom) <= nowMs);
  const latest = inForce.toSorted((a, b) => Date.parse(b.validFrom) - Date.parse(a.validFrom))[0] ?? model.prices[0];
  if (!latest) throw new TypeError(`model ${model.id} has no price`);
  return latest;
}

export function quote(model: Model, validInput: Readonly<Record<string, unknown>>, nowMs: number): Quote {
  const price = priceAt(model, nowMs);
  return { costNanoUsd: model.cost(validInput, price), priceVersion: price.version };
}

const UNITS = /^(\d{1,9})(?:\.(\d{1,20}))?(?:e([+-]?\d{1,2}))?$/i;

/**
 * Units × unit price, in exact decimal arithmetic; anything below a nano-dollar is rounded half up. Units are a float as
 * fal writes it, an exponent included. Null when it is no number, or comes to more than a column holds: then the price
 * rule speaks.
 */
export function costOfUnits(units: string, unitPriceNanoUsd: NanoUsd): NanoUsd | null {
  const match = UNITS.exec(units.trim());
  if (!match) return null;
  const [, whole = '0', fraction = '', exponent = '0'] = match;
  const places = fraction.length - Number(exponent);
  const amount = BigInt(whole + fraction) * unitPriceNanoUsd;
  const scale = 10n ** BigInt(Math.abs(places));
  const cost = places <= 0 ? amount * scale : (amount * 2n + scale) / (scale * 2n);
  return cost <= NANO_USD_MAX ? cost : null;
}

/** A million dollars for one request is no price. Far below what a column holds, so that sums of charges fit it too. */
const CHARGE_MAX = 1_000_000n * 1_000_000_000n;

/** `billed` and `assumed` come from reconciling: fal's bill, or the reservation where it has none. */
export type ChargeBasis = 'units' | 'price_rule' | 'free' | 'billed' | 'assumed';

export interface Charge {
  readonly amountNanoUsd: NanoUsd;
  readonly basis: ChargeBasis;
  /** fal's units and our price rule disagree: charged by units, and somebody should look. */
  readonly unitsDisagree: boolean;
}

/**
 * What a finished request costs. fal's units outrank the price rule. A failure that fal does not bill is free; one that
 * it may bill (422, 499) without saying its units stays unsettled (null): the reservation is kept until billing speaks.
 */
export function chargeFor(outcome: {
  readonly billed: 'no' | 'maybe' | 'yes';
  readonly billableUnits: string | null;
  readonly unitPriceNanoUsd: NanoUsd;
  readonly listPriceNanoUsd: NanoUsd;
}): Charge | null {
  if (outcome.billed === 'no') return { amountNanoUsd: 0n, basis: 'free', unitsDisagree: false };
  const byUnits = outcome.billableUnits === null ? null : costOfUnits(outcome.billableUnits, outcome.unitPriceNanoUsd);
  if (byUnits !== null && byUnits <= CHARGE_MAX) {
    const expected = outcome.billed === 'yes' ? outcome.listPriceNanoUsd : byUnits;
    return { amountNanoUsd: byUnits, basis: 'units', unitsDisagree: byUnits !== expected };
  }
  if (outcome.billed === 'maybe') return null;
  return { amountNanoUsd: outcome.listPriceNanoUsd, basis: 'price_rule', unitsDisagree: false };
}
