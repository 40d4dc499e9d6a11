import type { Usd } from '../api-types.ts';

/** "46.4" as "$46.40", "0.405" as "$0.405", null as "unknown": a cost that is not known is never shown as zero. */
export function showUsd(amount: Usd): string {
  if (amount === null) return 'unknown';
  const [whole = '0', fraction = ''] = amount.split('.');
  return `$${whole}.${fraction.padEnd(2, '0')}`;
}
