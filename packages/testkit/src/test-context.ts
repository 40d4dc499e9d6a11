/** A context for verbs under test: real Postgres, the real client against the simulator, tasks collected instead of queued. */
import { makePolicy, type Policy } from '@reelay/core';
import { connectDb, type Db } from '@reelay/db';
import { type Context, createSecretBox } from '@reelay/engine';
import { createFal, type Fal } from '@reelay/fal';
import type { OutboundPolicy } from '@reelay/outbound';
import type { TaskName, TaskProducer } from '@reelay/queue';

export const TEST_WEBHOOK_SECRET = 'a-webhook-secret-for-tests-only-0000';

/** Everything is due at once, and nothing overdue before a loaded machine has come to it. */
const UNHURRIED: Partial<Policy> = {
  timeScale: 1_000,
  submitTimeoutMs: 4_000,
  sendGraceMs: 500,
  outcomeMarginMs: 1_000_000_000,
};

export interface TestContextOptions {
  readonly databaseUrl: string;
  readonly falUrl: string;
  readonly jwksUrl?: string;
  readonly publicUrl?: string;
  /** Where fal lists requests; by default it does not. */
  readonly platformUrl?: string;
  readonly policy?: Partial<Policy>;
  readonly monotonicMs?: () => number;
  readonly failpoint?: Context['failpoint'];
  /** Whom we may call for customers; by default public https targets only. */
  readonly outbound?: OutboundPolicy;
}

export interface TestContext extends Context {
  readonly tasks: CollectedTasks;
  close(): Promise<void>;
}

export function createTestContext(options: TestContextOptions): TestContext {
  const tasks = collectTasks();
  const db: Db = connectDb({ url: options.databaseUrl, maxConnections: 10, applicationName: 'test' });
  const fal: Fal = createFal({
    credentials: 'test-key',
    queueUrl: options.falUrl,
    jwksUrl: options.jwksUrl ?? `${options.falUrl}/.well-known/jwks.json`,
    timeouts: { submitMs: 4_000, readMs: 4_000 },
    webhookSecret: TEST_WEBHOOK_SECRET,
    publicUrl: options.publicUrl ?? null,
    platformUrl: options.platformUrl ?? null,
    webhookUserId: null,
  });
  return {
    db,
    fal,
    queue: tasks,
    tasks,
    policy: makePolicy({ ...UNHURRIED, ...options.policy }),
    secretBox: createSecretBox(TEST_WEBHOOK_SECRET),
    log: silentLog(),
    owner: 'test',
    now: () => Date.now(),
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
    random: () => 0.5,
    failpoint: options.failpoint ?? (async () => {}),
    ...(options.outbound ? { outbound: options.outbound } : {}),
    close: async () => {
      await fal.close();
      await db.close();
    },
  };
}

/** Stands where the queue would: a test decides which task runs, when, and how often. */
export interface CollectedTasks extends TaskProducer {
  /** Takes the ids enqueued for a task so far. */
  take(task: TaskName): string[];
}

export function collectTasks(): CollectedTasks {
  const ids = new Map<TaskName, string[]>();
  return {
    enqueue: async (task, added) => {
      ids.set(task, [...(ids.get(task) ?? []), ...added]);
    },
    take: (task) => {
      const taken = ids.get(task) ?? [];
      ids.delete(task);
      return taken;
    },
    close: async () => {},
  };
}

export function silentLog(): Context['log'] {
  const quiet = () => {};
  return { debug: quiet, info: quiet, warn: quiet, error: quiet };
}
