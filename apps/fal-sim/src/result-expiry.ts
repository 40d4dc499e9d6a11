import type { SimSettings } from './sim-options.ts';
import type { Outcome } from './sim-request.ts';

const LARGE_RESULT_BYTES = 10_000;

/** fal keeps a small result for an hour, a large one for six minutes. */
export function resultExpiresAtSimMs(outcome: Outcome, settings: Pick<SimSettings, 'retentionSeconds'>): number {
  const share = Buffer.byteLength(outcome.body) >= LARGE_RESULT_BYTES ? 10 : 1;
  return outcome.finishedAtSimMs + (settings.retentionSeconds * 1_000) / share;
}
