/** What the tests of the verbs share: a database of their own, a simulator, and a context between the two. */
import type { Policy } from '@reelay/core';
import { setInFlightMax } from '@reelay/db';
import { dispatch, patrol, settleAttempt } from '@reelay/engine';
import { type FalSim, type SimOptions, startFalSim } from '@reelay/fal-sim';
import { createTestContext, createTestDatabase, type TestContext, type TestDatabase } from '@reelay/testkit';
import { afterEach, beforeEach } from 'vitest';

export interface Engine {
  readonly sim: FalSim;
  readonly context: TestContext;
  /** What a named failpoint does in the running test. */
  readonly failpoints: Map<string, () => Promise<void>>;
  /** Makes the process's own clock jump forward, as it does while the process is frozen. */
  passMs(durationMs: number): void;
  /** Reserves what there are slots for and returns the attempts. */
  reserve(): Promise<string[]>;
  /** One round of patrol, and of the settle tasks that it made. */
  patrolAndSettle(): Promise<void>;
}

export interface EngineOptions {
  readonly inFlightMax: number;
  readonly policy?: Partial<Policy>;
  /** Whether fal's listing of requests may be asked. */
  readonly listing?: boolean;
  /** How the simulator differs from the usual one. */
  readonly sim?: SimOptions;
  /** Where fal's callbacks go; by default outcomes are polled. */
  readonly publicUrl?: () => string;
  /** Share of the price that fal bills for a 422; by default nothing. */
  readonly bill422?: number;
}

/** Runs are over in milliseconds, results are kept for longer than any test. */
const SIM = { speed: 10_000, retentionSeconds: 10_000_000 };

/** Registers the hooks; the parts exist inside tests only. */
export function useEngine(options: EngineOptions): Engine {
  let jumpedMs = 0;
  const failpoints = new Map<string, () => Promise<void>>();
  let parts: { sim: FalSim; database: TestDatabase; context: TestContext };
  beforeEach(async () => {
    failpoints.clear();
    jumpedMs = 0;
    const [sim, database] = await Promise.all([
      startFalSim({ ...SIM, bill422: options.bill422 ?? 0, ...options.sim }),
      createTestDatabase(),
    ]);
    const context = createTestContext({
      databaseUrl: database.url,
      falUrl: sim.url,
      policy: options.policy ?? {},
      monotonicMs: () => performance.now() + jumpedMs,
      failpoint: async (name) => failpoints.get(name)?.(),
      ...(options.listing ? { platformUrl: sim.platformUrl } : {}),
      ...(options.publicUrl ? { publicUrl: options.publicUrl() } : {}),
    });
    parts = { sim, database, context };
    await setInFlightMax(context.db, options.inFlightMax);
  });
  afterEach(async () => {
    await parts.sim.close();
    await parts.context.close();
    await parts.database.drop();
  });
  return {
    failpoints,
    get sim() {
      return parts.sim;
    },
    get context() {
      return parts.context;
    },
    passMs: (durationMs) => {
      jumpedMs += durationMs;
    },
    patrolAndSettle: async () => {
      await patrol(parts.context);
      for (const id of parts.context.tasks.take('settle')) await settleAttempt(parts.context, id);
    },
    reserve: async () => {
      await dispatch(parts.context);
      return parts.context.tasks.take('submit');
    },
  };
}
