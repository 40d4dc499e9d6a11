/**
 * Money is an integer count of nano-dollars (fal's own billing unit), so sums are exact.
 * Text carries it as the shortest exact decimal in US dollars: 405000000n ⇄ "0.405".
 */
export type NanoUsd = bigint;

const NANO_PER_USD = 1_000_000_000n;
/** What a bigint column holds: a little over nine billion dollars. */
export const NANO_USD_MAX = 2n ** 63n - 1n;
const DECIMAL_USD = /^(\d{1,12})(?:\.(\d{1,9}))?$/;

/** Reads "0.405" as 405000000n. Null for anything that is not a plain non-negative decimal of at most nine places, and for more than a column holds. */
export function parseUsd(text: string): NanoUsd | null {
  const match = DECIMAL_USD.exec(text.trim());
  if (!match) return null;
  const [, whole = '0', fraction = ''] = match;
  const amount = BigInt(whole) * NANO_PER_USD + BigInt(fraction.padEnd(9, '0'));
  return amount <= NANO_USD_MAX ? amount : null;
}

/** Writes 405000000n as "0.405", -1n as "-0.000000001", 0n as "0". */
export function formatUsd(amount: NanoUsd): string {
  const sign = amount < 0n ? '-' : '';
  const absolute = amount < 0n ? -amount : amount;
  const fraction = (absolute % NANO_PER_USD).toString().padStart(9, '0').replace(/0+$/, '');
  const whole = (absolute / NANO_PER_USD).toString();
  return sign + (fraction === '' ? whole : `${whole}.${fraction}`);
}
