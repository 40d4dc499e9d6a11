import type { FaultKind } from './fault-kinds.ts';

/** Faults after which work is timed: since the kill of a worker, since a store or the provider is back. */
export const MEASURED_KINDS: ReadonlyMap<string, 'began' | 'ended'> = new Map<FaultKind, 'began' | 'ended'>([
  ['worker.kill', 'began'],
  ['workers.kill', 'began'],
  ['postgres.kill', 'ended'],
  ['postgres.restart', 'ended'],
  ['postgres.freeze', 'ended'],
  ['redis.kill', 'ended'],
  ['redis.freeze', 'ended'],
  ['queue.flush', 'ended'],
  ['fal.kill', 'ended'],
]);
