import type { BatchView } from '../api-types.ts';
import { COMMAND } from '../command-name.ts';
import { showUsd } from './show-usd.ts';

/** What ends a pause: a person, or nothing but time. Null for a batch that is not paused. */
export function pauseAdvice({ id, status, pause_reason: reason, cost, pilot, brakes }: BatchView): string | null {
  if (status !== 'paused') return null;
  switch (reason) {
    case 'budget':
      return cost.cap === null
        ? "the deployment's budget is used up: raise REELAY_BUDGET_USD and start again"
        : `it goes on when money is free, or: ${COMMAND} batch set ${id} --cap USD`;
    case 'provider_balance':
      return "fal's balance is used up: top it up at fal, and it goes on by itself";
    case 'provider_down':
      return 'fal does not take requests; it is tried again without your help';
    case 'pilot':
      return `the pilot is done${restWords(pilot)}; release the other rows: ${COMMAND} batch resume ${id}`;
    case 'waste':
    case 'error_rate':
      return `${brakes.stopped_by?.message ?? 'a brake stopped it'} Go on: ${COMMAND} batch resume ${id}`;
    default:
      return `go on: ${COMMAND} batch resume ${id}`;
  }
}

function restWords(pilot: BatchView['pilot']): string {
  const cost = pilot?.forecast.cost ?? null;
  return cost === null ? '' : `, the rest will cost about ${showUsd(cost)}`;
}
