/** When each named failpoint is armed and what it does: every one of them, in an order and with actions from the seed. */
import { FAILPOINTS, type FailpointName } from '@reelay/engine';
import type { FailpointAction } from '../programs/messages.ts';
import type { Random } from '../seeded-random.ts';
import { mayKillApi } from './api-deaths.ts';

export interface PlannedFailpoint {
  readonly name: FailpointName;
  readonly process: 'worker' | 'api';
  readonly atMs: number;
  readonly action: FailpointAction;
}

/** Passed by API processes; all others are passed by workers. */
const IN_API: ReadonlySet<FailpointName> = new Set([
  'job.before_commit',
  'job.committed',
  'upload.chunk_stored',
  'webhook.before_commit',
  'webhook.committed',
]);

export const FAILPOINT_NAMES = Object.keys(FAILPOINTS) as FailpointName[];

const FIRST_AT_MS = 1_500;
const ARMED_UNTIL = 0.75;
const EVERY_MS = 4_000;

export function planFailpoints(random: Random, durationMs: number): PlannedFailpoint[] {
  const rounds = Math.max(1, Math.floor((durationMs * ARMED_UNTIL) / (FAILPOINT_NAMES.length * EVERY_MS)));
  const names = Array.from({ length: rounds }, () => random.shuffle(FAILPOINT_NAMES)).flat();
  const gapMs = (durationMs * ARMED_UNTIL) / names.length;
  return names.map((name, i) => {
    const atMs = Math.round(FIRST_AT_MS + i * gapMs);
    return { name, process: processOf(name), atMs, action: drawAction(random, name, mayKillApi(atMs, durationMs)) };
  });
}

export function processOf(name: FailpointName): 'worker' | 'api' {
  return IN_API.has(name) ? 'api' : 'worker';
}

/** An exception in the API would be an answer that it never gives otherwise, so there it only dies or waits. */
function drawAction(random: Random, name: FailpointName, mayKill: boolean): FailpointAction {
  const hold: FailpointAction = { kind: 'hold', ms: Math.round(random.between(300, 3_000)) };
  const chance = random.next();
  const killShare = name.startsWith('import.') ? 0.25 : 0.35;
  const isApi = processOf(name) === 'api';
  if (chance < killShare && (mayKill || !isApi)) return { kind: 'kill' };
  if (isApi) return hold;
  return random.next() < 0.5 ? hold : { kind: 'throw' };
}
