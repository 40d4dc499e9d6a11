import type { BackendKind } from '../parse-options.ts';

/** Everything that the drill does to the system from outside. */
const ON_BOTH = {
  'worker.kill': 'kill -9 of a worker',
  'workers.kill': 'kill -9 of both workers at once',
  'worker.restart': 'SIGTERM of a worker, as in a rolling restart',
  'worker.stop': 'SIGSTOP of a worker beyond the deadline of what it sends',
  'api.kill': 'kill -9 of an API',
  'fal.kill': 'kill -9 of the provider',
  'postgres.kill': 'kill -9 of the postmaster',
  'postgres.restart': 'immediate restart of PostgreSQL',
  'postgres.freeze': 'SIGSTOP of PostgreSQL with all its sessions',
  'queue.flush': 'everything that BullMQ keeps is deleted',
  'link.cut': 'connections reset, new ones refused',
  'link.freeze': 'connections that carry nothing',
  'link.one_way': 'a partition in one direction',
  'link.late': 'latency',
  'link.trickle': 'a link that trickles',
  'fal.lock': 'the account is locked: 403 to every submit',
  'fal.faults': 'other faults at the provider',
} as const;

const ON_REDIS = {
  'redis.kill': 'kill -9 of Redis',
  'redis.freeze': 'SIGSTOP of Redis',
} as const;

export type FaultKind = keyof typeof ON_BOTH | keyof typeof ON_REDIS;

export const FAULT_TEXTS: Readonly<Record<FaultKind, string>> = { ...ON_BOTH, ...ON_REDIS };

export function faultKinds(backend: BackendKind): FaultKind[] {
  const kinds = backend === 'redis' ? FAULT_TEXTS : ON_BOTH;
  return Object.keys(kinds) as FaultKind[];
}
