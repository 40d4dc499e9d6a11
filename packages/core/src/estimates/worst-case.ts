/** What a row can cost. The database has the same rule for rows that it holds (`worst_case_of`). */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface WorstCase {
  readonly estimatedNanoUsd: NanoUsd;
  readonly maxAttempts: number;
  readonly maxCostNanoUsd: NanoUsd | null;
}

/** All attempts, each billed in full, as far as the row's max_cost reaches. */
export function worstCaseOf({ estimatedNanoUsd: price, maxAttempts, maxCostNanoUsd: most }: WorstCase): NanoUsd {
  const attempts = BigInt(maxAttempts);
  if (most === null || price === 0n) return price * attempts;
  const paid = most / price;
  return price * (paid < attempts ? paid : attempts);
}
