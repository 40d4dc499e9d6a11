/** Arms failpoints in the running processes and reads from their common file which were hit. */
import { existsSync, readFileSync } from 'node:fs';
import type { FailpointName } from '@reelay/engine';
import type { FailpointAction } from '../programs/messages.ts';
import type { Stage } from '../stage.ts';
import { FAILPOINT_NAMES, type PlannedFailpoint, processOf } from './plan-failpoints.ts';

export interface Hit {
  readonly name: FailpointName;
  readonly action: FailpointAction['kind'];
  readonly process: string;
  readonly atMs: number;
}

export interface Failpoints {
  hits(): Hit[];
  /** Names that nobody has passed while they were armed. */
  neverHit(): FailpointName[];
  arm(planned: Pick<PlannedFailpoint, 'name' | 'action'>): void;
  disarmAll(): void;
  stop(): void;
}

const LOOK_EVERY_MS = 100;

export function watchFailpoints(stage: Stage): Failpoints {
  const armed = new Map<FailpointName, FailpointAction>();
  let seen = 0;
  const processesOf = (name: FailpointName) => (processOf(name) === 'api' ? stage.apis : stage.workers);
  const hits = () => readHits(stage.hitsFile);
  const disarm = (name: FailpointName) => {
    armed.delete(name);
    for (const each of processesOf(name)) each.send({ kind: 'disarm', name });
  };
  // One hit is enough: the others of its kind need not die of it too.
  const timer = setInterval(() => {
    const all = hits();
    for (const { name } of all.slice(seen)) disarm(name);
    seen = all.length;
  }, LOOK_EVERY_MS);
  for (const each of [...stage.workers, ...stage.apis]) {
    each.onUp(() => {
      for (const [name, action] of armed) {
        if (processesOf(name).includes(each)) each.send({ kind: 'arm', name, action });
      }
    });
  }
  return {
    hits,
    neverHit: () => {
      const names = new Set(hits().map(({ name }) => name));
      return FAILPOINT_NAMES.filter((name) => !names.has(name));
    },
    arm: ({ name, action }) => {
      armed.set(name, action);
      for (const each of processesOf(name)) each.send({ kind: 'arm', name, action });
    },
    disarmAll: () => {
      for (const name of [...armed.keys()]) disarm(name);
    },
    stop: () => clearInterval(timer),
  };
}

function readHits(file: string): Hit[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [name, action, process, atMs] = line.split(' ') as [FailpointName, FailpointAction['kind'], string, string];
    return { name, action, process, atMs: Number(atMs) };
  });
}
