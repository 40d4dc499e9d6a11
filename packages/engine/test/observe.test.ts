import { insertCallback, insertOrphan, inTransaction, setInFlightMax } from '@reelay/db';
import {
  dispatch,
  getBatch,
  observe,
  patrol,
  settleAttempt,
  startAll,
  startObserving,
  submitAttempt,
} from '@reelay/engine';
import { type FalSim, startFalSim } from '@reelay/fal-sim';
import {
  copyTestDatabase,
  createTestContext,
  createTestDatabase,
  eventually,
  makeBatch,
  type TestContext,
  type TestDatabase,
} from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Runs are over in milliseconds, results are kept for longer than any test. */
const SIM = { speed: 10_000, retentionSeconds: 10_000_000 };
const IN_FLIGHT_MAX = 10;

let sim: FalSim;
let databases: TestDatabase[];
let contexts: TestContext[];

beforeEach(async () => {
  sim = await startFalSim(SIM);
  databases = [];
  contexts = [];
});
afterEach(async () => {
  await sim.close();
  for (const context of contexts) await context.close();
  for (const database of databases) await database.drop();
});

function open(database: TestDatabase, platformUrl: string | null = sim.platformUrl): TestContext {
  const context = createTestContext({
    databaseUrl: database.url,
    falUrl: sim.url,
    ...(platformUrl === null ? {} : { platformUrl }),
    policy: { timeScale: 10_000 },
  });
  contexts.push(context);
  return context;
}

async function begin(
  jobs: number,
): Promise<{ database: TestDatabase; context: TestContext; batchId: string; projectId: string }> {
  const database = await createTestDatabase();
  databases.push(database);
  const context = open(database);
  await setInFlightMax(context.db, IN_FLIGHT_MAX);
  return { database, context, ...(await makeBatch(context.db, { jobs })) };
}

/** What a nightly dump would hold. */
async function backUp(database: TestDatabase, context: TestContext): Promise<TestDatabase> {
  await context.close();
  const backup = await copyTestDatabase(database);
  databases.push(backup);
  return backup;
}

async function reserve(context: TestContext): Promise<string[]> {
  await dispatch(context);
  return context.tasks.take('submit');
}

/** Works as a worker would until no job of the database is open. */
async function finish(context: TestContext): Promise<void> {
  await eventually(
    async () => {
      for (const id of await reserve(context)) await submitAttempt(context, id);
      await patrol(context);
      for (const id of context.tasks.take('submit')) await submitAttempt(context, id);
      for (const id of context.tasks.take('settle')) await settleAttempt(context, id);
      return (await context.db.prisma.job.count({ where: { status: { in: ['queued', 'active'] } } })) === 0;
    },
    { timeoutMs: 20_000 },
  );
}

async function untilObserved(context: TestContext): Promise<void> {
  await eventually(
    async () => {
      await patrol(context);
      for (const id of context.tasks.take('settle')) await settleAttempt(context, id);
      return (await observe(context)).kind === 'ended';
    },
    { timeoutMs: 20_000 },
  );
}

/** How often fal took each job. */
function acceptances(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { tags } of sim.ledger()) counts[tags.job ?? '?'] = (counts[tags.job ?? '?'] ?? 0) + 1;
  return counts;
}

const statesOf = async (context: TestContext) =>
  (await context.db.prisma.attempt.findMany({ orderBy: { n: 'asc' } })).map(({ state }) => state);

describe('a database restored from a backup', () => {
  it('buys nothing again: not what it had reserved, and not what it had not begun', async () => {
    const before = await begin(6);
    const reserved = await reserve(before.context);
    await submitAttempt(before.context, reserved[0] ?? '');
    const backup = await backUp(before.database, before.context);
    const lost = open(before.database);
    for (const id of reserved.slice(1)) await submitAttempt(lost, id);
    await makeBatch(lost.db, { jobs: 1, projectId: before.projectId });
    await finish(lost);
    expect(sim.ledger()).toHaveLength(7);

    const restored = open(backup);
    await startObserving(restored);
    await untilObserved(restored);
    await finish(restored);

    // The seventh belonged to a batch that the backup has never seen.
    expect(sim.ledger()).toHaveLength(7);
    expect(Math.max(...Object.values(acceptances()))).toBe(1);
    expect(await restored.db.prisma.job.count({ where: { status: 'succeeded' } })).toBe(6);
  });

  it('gets back the attempts that it has forgotten, with their reservations and their number', async () => {
    const before = await begin(2);
    const backup = await backUp(before.database, before.context);
    const lost = open(before.database);
    sim.setFaults({ 'run.fail_500': 1 });
    const first = await reserve(lost);
    for (const id of first) await submitAttempt(lost, id);
    for (const id of first) await eventually(async () => (await settleAttempt(lost, id)).kind === 'settled');
    sim.setFaults({});
    await finish(lost);
    expect(sim.ledger()).toHaveLength(4);

    const restored = open(backup);
    await startObserving(restored);
    await untilObserved(restored);
    await finish(restored);

    expect(sim.ledger()).toHaveLength(4);
    expect(
      await restored.db.prisma.attempt.findMany({ orderBy: [{ n: 'asc' }], select: { n: true, state: true } }),
    ).toEqual([1, 1, 2, 2].map((n) => ({ n, state: n === 1 ? 'failed' : 'succeeded' })));
    const billed = sim.ledger().reduce((sum, line) => sum + BigInt(line.billed_nano_usd), 0n);
    const budget = await restored.db.prisma.budget.findFirstOrThrow({ where: { scope: 'deployment' } });
    expect(budget.charged_nano_usd).toBe(billed);
    expect(budget.reserved_nano_usd).toBe(0n);
  });
});

describe('a callback that comes before fal’s lists are read', () => {
  /** A restored database that holds one reserved attempt, which was sent after the backup and whose run has ended. */
  async function restoredWithCallback() {
    const before = await begin(1);
    const [id = ''] = await reserve(before.context);
    const backup = await backUp(before.database, before.context);
    await submitAttempt(open(before.database), id);
    const requestId = sim.ledger()[0]?.request_id ?? '';
    const restored = open(backup);
    await startObserving(restored);
    const callback = { attemptId: id, requestId, failed: false, stale: false, payload: null, digest: 'first' };
    await inTransaction(restored.db, (tx) => insertCallback(tx, callback));
    return { restored, id, requestId };
  }

  it('puts its request back to the reserved attempt, which is not sent again though fal cannot be asked', async () => {
    const { restored, id, requestId } = await restoredWithCallback();
    const unavailable = { kind: 'unavailable', failure: { kind: 'provider_unavailable', message: 'down' } } as const;
    const fal = { ...restored.fal, status: async () => unavailable, result: async () => unavailable };
    const deaf = { ...restored, fal };

    await settleAttempt(deaf, id);
    await eventually(async () => (await observe(deaf)).kind === 'ended', { timeoutMs: 20_000 });
    expect(await submitAttempt(deaf, id)).toMatchObject({ kind: 'not_ours' });
    await finish(restored);

    expect(await restored.db.prisma.attempt.findUnique({ where: { id } })).toMatchObject({
      state: 'succeeded',
      request_id: requestId,
    });
    expect(await restored.db.prisma.orphanAcceptance.count()).toBe(0);
    expect(sim.ledger()).toHaveLength(1);
  });

  it('and is kept beside the attempt instead: neither observing ends nor is the attempt sent until a person looks', async () => {
    const { restored, id, requestId } = await restoredWithCallback();
    const orphan = { requestId, attemptId: id, source: 'webhook' };
    await inTransaction(restored.db, (tx) => insertOrphan(tx, orphan));

    const until = performance.now() + restored.policy.observeQuietMs / 1_000;
    await eventually(async () => (await observe(restored)).kind === 'looking' && performance.now() > until);
    await startAll(restored);
    await restored.db.prisma.$executeRaw`
      UPDATE orphan_acceptances SET state = 'settled', outcome = 'lost', settled_at = now()`;
    expect(await submitAttempt(restored, id)).toMatchObject({ kind: 'not_ours' });

    expect(await statesOf(restored)).toEqual(['unknown']);
    expect(await reserve(restored)).toEqual([]);
    expect(sim.ledger()).toHaveLength(1);
  });
});

describe('while the account observes', () => {
  it('nothing is reserved, what was reserved waits, and its batch says why', async () => {
    const { context, batchId, projectId } = await begin(IN_FLIGHT_MAX + 2);
    const reserved = await reserve(context);
    await startObserving(context);

    expect(await submitAttempt(context, reserved[0] ?? '')).toMatchObject({ kind: 'held' });
    expect(await reserve(context)).toEqual([]);

    expect(new Set(await statesOf(context))).toEqual(new Set(['reserved']));
    expect(sim.ledger()).toEqual([]);
    expect(await getBatch(context, { projectId, batchId })).toMatchObject({
      status: 'paused',
      pause_reason: 'observe',
    });
  });

  it('it goes on observing for as long as fal’s lists cannot be read', async () => {
    const { database } = await begin(1);
    const blind = open(database, null);
    await startObserving(blind);

    expect(await observe(blind)).toEqual({ kind: 'blind', recovered: 0 });
    expect(await reserve(blind)).toEqual([]);
  });

  it('and for as long as fal bills what its listing does not show', async () => {
    const { context } = await begin(1);
    const [id = ''] = await reserve(context);
    await submitAttempt(context, id);
    await eventually(async () => (await settleAttempt(context, id)).kind === 'settled');
    const backup = await createTestDatabase();
    databases.push(backup);
    sim.setFaults({ 'listing.miss': 1 });
    const empty = open(backup);
    await startObserving(empty);

    expect(await observe(empty)).toEqual({ kind: 'blind', recovered: 0 });
  });

  it('a person may end it', async () => {
    const { context } = await begin(1);
    await startObserving(context);
    await startAll(context);

    expect(await observe(context)).toEqual({ kind: 'off', recovered: 0 });
    expect(await reserve(context)).toHaveLength(1);
  });
});
