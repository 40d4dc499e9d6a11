/** The parts of one seed's world, and what all of them may say and note. */
import type { Policy } from '@reelay/core';
import type { FailpointName } from '@reelay/engine';
import type { Chance } from './chance.ts';
import type { TaskQueue } from './fleet/task-queue.ts';
import type { Labels } from './labels.ts';
import type { WorldPlan } from './plan.ts';
import type { Wire } from './provider/fal-of-thread.ts';
import type { Provider } from './provider/provider.ts';
import type { Snapshot } from './store/snapshot.ts';
import type { VirtualDatabase } from './store/virtual-database.ts';
import type { Agenda } from './time/agenda.ts';
import type { Host, Threads } from './time/threads.ts';

export interface World {
  readonly seed: number;
  readonly plan: WorldPlan;
  readonly policy: Policy;
  readonly agenda: Agenda;
  readonly threads: Threads;
  readonly labels: Labels;
  readonly database: VirtualDatabase;
  readonly provider: Provider;
  readonly wire: Wire;
  readonly queue: TaskQueue;
  readonly workers: readonly Host[];
  readonly api: Host;
  readonly projectId: string;
  readonly notes: Notes;
  /** A stream of chance of its own for each purpose, so that one more draw here moves nothing there. */
  chance(purpose: string): Chance;
  /** The newest look at the database. */
  state: Snapshot;
  /** Set by whoever may have written to the database. */
  touched: boolean;
  /** The troubles are over. */
  calm: boolean;
  say(text: string): void;
  /** A promise is broken. */
  fail(promise: string, facts: string): void;
}

/** What only an onlooker knows, for the promises to be judged by. */
export interface Notes {
  /** Jobs whose double charge a person has accepted. */
  readonly riskAccepted: Set<string>;
  /** Jobs that a person has given up. */
  readonly givenUp: Set<string>;
  /** Attempt → request ids that a genuine callback has brought home. */
  readonly toldByCallback: Map<string, Set<string>>;
  /** Attempts whose sender got an acceptance and lived to store it. */
  readonly answered: Set<string>;
  /** Requests that some listing has shown to us. */
  readonly listed: Set<string>;
  /** Request ids that a person has bound to a job. */
  readonly adoptedByPerson: Set<string>;
  /** Reserved attempts that may not be sent: why, and since when that is committed. */
  readonly forbiddenSince: Map<string, { readonly why: string; readonly ms: number }>;
  readonly failpoints: Map<FailpointName, number>;
  readonly faults: Map<string, number>;
  steps: number;
}

export function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
