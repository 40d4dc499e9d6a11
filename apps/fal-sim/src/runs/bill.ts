// What a finished request costs by the price list, in integer nano-dollars, and the units fal names in its header. Both
// come from one multiplication, so units times the unit price of $0.08 is always that bill (unless units are plain
// seconds). What is charged in the end is decided by `charge.ts`.
import { divideRounded } from '../divide-rounded.ts';
import type { ModelJob } from '../models/model.ts';

export const UNIT_PRICE_NANO_USD = 80_000_000n;
const E10 = 10n ** 10n;
const MILLION = 1_000_000n;

export interface BillingTerms {
  readonly units: 'scaled' | 'plain';
  /** Fraction of the full price charged when the model answers 422. */
  readonly bill422: number;
  /** Fraction of the full price charged when a running request is cancelled. */
  readonly bill499: number;
}

export interface Bill {
  readonly billedNanoUsd: bigint;
  readonly billableUnits: string;
}

/** `job` is null when the input was invalid: nothing ran, so nothing is charged. */
export function computeBill(job: ModelJob | null, httpStatus: number, terms: BillingTerms, unitsFactor: number): Bill {
  const share = chargedFraction(httpStatus, terms) * unitsFactor;
  const shareMillionths = BigInt(Math.round(share * Number(MILLION)));
  if (!job) return { billedNanoUsd: 0n, billableUnits: '0' };
  const billedNanoUsd = divideRounded(job.priceNanoUsd * shareMillionths, MILLION);
  const unitsE10 =
    terms.units === 'plain'
      ? divideRounded(job.secondsE10 * shareMillionths, MILLION)
      : divideRounded(billedNanoUsd * E10, UNIT_PRICE_NANO_USD);
  return { billedNanoUsd, billableUnits: formatE10(unitsE10) };
}

function chargedFraction(httpStatus: number, terms: BillingTerms): number {
  if (httpStatus < 300) return 1;
  if (httpStatus === 422) return terms.bill422;
  if (httpStatus === 499) return terms.bill499;
  return 0;
}

function formatE10(valueE10: bigint): string {
  const fraction = (valueE10 % E10).toString().padStart(10, '0').replace(/0+$/, '');
  return `${valueE10 / E10}${fraction && `.${fraction}`}`;
}
