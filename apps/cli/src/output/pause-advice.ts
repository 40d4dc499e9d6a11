import type { BatchView } from '../api-types.ts';
import { COMMAND } from '../command-name.ts';
import { showUsd } from './show-usd.ts';

/** What ends a pause: a person, or nothing but time. Null for a batch that is not paused. */
export function pauseAdvice(batch: BatchView): string | null {
  const { id, status, pause_reason: reason, pilot, brakes } = batch;
  if (status !== 'paused') return null;
  switch (reason) {
    case 'budget':
      return budgetAdvice(batch);
    case 'provider_balance':
      return "fal's balance does not cover the next row: top it up at fal, and it goes on by itself";
    case 'provider_down':
      return 'fal does not take requests; it is tried again without your help';
    case 'stopped':
      return `somebody has stopped all submissions; it goes on after: ${COMMAND} start-all`;
    case 'observe':
      return 'after a restore, what fal remembers is compared first; it goes on by itself';
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

function budgetAdvice({ id, cost, budget_exhausted: short }: BatchView): string {
  const scope = short?.scope ?? (cost.cap === null ? 'deployment' : 'batch');
  if (scope === 'deployment') return "the deployment's budget is used up: raise REELAY_BUDGET_USD and start again";
  if (short === null || scope.startsWith('batch'))
    return `it goes on when money is free, or: ${COMMAND} batch set ${id} --cap USD`;
  const { period, limit, resets_at } = short;
  const whose = scope === 'project' ? "the project's" : "its API key's";
  const until = resets_at === null ? 'when money is free' : `at ${resets_at}`;
  const span = period === 'total' ? '' : ` a${period === 'hour' ? 'n' : ''} ${period}`;
  const raise = `${COMMAND} budget set ${scope} USD${period === 'total' ? '' : ` --period ${period}`}`;
  return `${whose} ${showUsd(limit)}${span} are used up: it goes on ${until}, or: ${raise}`;
}
