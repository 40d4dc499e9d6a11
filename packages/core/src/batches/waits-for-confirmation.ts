/** Whether a priced batch waits for a person before anything of it is submitted. The SQL that starts batches says the same. */
import type { NanoUsd } from '../money/nano-usd.ts';

export interface StartTerms {
  /** What the caller said; undefined: nothing. */
  readonly start?: 'auto' | 'confirm' | undefined;
  /** Above this a caller who said nothing is asked; undefined: never. */
  readonly confirmAboveNanoUsd?: NanoUsd | undefined;
}

export function waitsForConfirmation({ start, confirmAboveNanoUsd }: StartTerms, estimatedNanoUsd: NanoUsd): boolean {
  if (start !== undefined) return start === 'confirm';
  return confirmAboveNanoUsd !== undefined && estimatedNanoUsd > confirmAboveNanoUsd;
}
