import { parseUsd, scopesOf } from '@reelay/core';
import { appendLedger, foldLedger, inTransaction, openLanes, setInFlightMax } from '@reelay/db';
import { changeBatch, createApiKey, createJob, dispatch, setBudget } from '@reelay/engine';
import { makeBatch, makeProject, TEST_INPUT } from '@reelay/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 1_000 });
const prisma = () => engine.context.db.prisma;
const usd = (text: string) => parseUsd(text) ?? 0n;

let projectId: string;
beforeEach(async () => {
  projectId = await makeProject(engine.context.db);
});

const budgetOf = (scope: string) => prisma().budget.findFirstOrThrow({ where: { scope } });
const limitProject = (limit: string) =>
  setBudget(engine.context, { projectId, scope: 'project', period: 'total', limitNanoUsd: usd(limit) });
const countAttempts = () => prisma().attempt.count();

describe('what an attempt counts in', () => {
  it.each([
    [null, null],
    ['key_1', null],
    [null, 'batch_1'],
    ['key_1', 'batch_1'],
  ])('is the same to the database and to core with key %s and batch %s', async (api_key_id, batch_id) => {
    const [row] = await prisma().$queryRaw<{ scopes: string[] }[]>`
      SELECT budget_scopes('proj_1', ${api_key_id}::text, ${batch_id}::text) AS scopes`;

    expect(row?.scopes).toEqual(scopesOf({ project_id: 'proj_1', api_key_id, batch_id }));
  });

  it('does not change once it is reserved', async () => {
    await makeBatch(engine.context.db, { jobs: 1, projectId });
    await dispatch(engine.context);

    await expect(prisma().$executeRaw`UPDATE attempts SET reserved_at = now() + interval '1 day'`).rejects.toThrow(
      /do not change/,
    );
  });
});

describe('the fold', () => {
  it('goes to the last entry, so that no release is seen without its charge', async () => {
    const { batchId } = await makeBatch(engine.context.db, { jobs: 5, projectId });
    await dispatch(engine.context);
    for (const { id, reserved_nano_usd } of await prisma().attempt.findMany()) {
      await inTransaction(engine.context.db, (tx) =>
        appendLedger(tx, id, [
          { kind: 'release', amountNanoUsd: reserved_nano_usd, basis: 'settled' },
          { kind: 'charge', amountNanoUsd: usd('0.1'), basis: 'price_rule' },
        ]),
      );
    }

    await inTransaction(engine.context.db, (tx) => foldLedger(tx, 3));

    expect(await prisma().ledgerUnfolded.count()).toBe(0);
    expect(await budgetOf(`batch:${batchId}`)).toMatchObject({ reserved_nano_usd: 0n, charged_nano_usd: usd('0.5') });
  });
});

describe('a key', () => {
  it('is bounded over all its batches, and no other key is', async () => {
    await createApiKey(engine.context, {
      projectId,
      name: 'one',
      pepper: 'a-pepper-for-tests-0000000000000000',
    });
    const { id: apiKeyId } = await prisma().apiKey.findFirstOrThrow({ where: { project_id: projectId } });
    await setBudget(engine.context, {
      projectId,
      scope: `key:${apiKeyId}`,
      period: 'total',
      limitNanoUsd: usd('0.24'),
    });
    await makeBatch(engine.context.db, { jobs: 5, projectId, apiKeyId });
    await makeBatch(engine.context.db, { jobs: 5, projectId, apiKeyId });
    const free = await makeBatch(engine.context.db, { jobs: 5, projectId });

    await Promise.all([dispatch(engine.context), dispatch(engine.context)]);

    expect(await countAttempts()).toBe(3 + 5);
    expect(await prisma().batchPause.count({ where: { batch_id: free.batchId } })).toBe(0);
  });
});

describe('single jobs', () => {
  it('wait for the money of their own key only', async () => {
    const keys: string[] = [];
    for (const name of ['poor', 'rich']) {
      const made = await createApiKey(engine.context, {
        projectId,
        name,
        pepper: 'a-pepper-for-tests-0000000000000000',
      });
      keys.push(made.keyId);
    }
    const [poor = '', rich = ''] = keys;
    await setBudget(engine.context, { projectId, scope: `key:${poor}`, period: 'total', limitNanoUsd: 0n });
    for (const apiKeyId of [poor, rich, rich, undefined]) {
      await createJob(engine.context, { projectId, apiKeyId, input: TEST_INPUT });
    }

    expect((await dispatch(engine.context)).reserved).toBe(3);
    const waiting = await prisma().job.findMany({ where: { status: 'queued' } });
    expect(waiting).toMatchObject([{ api_key_id: poor, lane_id: `${projectId}.${poor}` }]);
  });
});

describe('a project is told', () => {
  const told = async () =>
    (
      await prisma().event.findMany({
        where: { project_id: projectId, type: { startsWith: 'budget.' } },
        orderBy: { id: 'asc' },
      })
    ).map((event) => ({
      type: event.type,
      about: event.subject_id,
      ...(JSON.parse(event.body).data as { percent?: number; limit: string; reserved: string; needed?: string }),
    }));

  it('of each threshold once, of what stopped it, and again when a raised limit is reached', async () => {
    await limitProject('0.4');
    const { batchId } = await makeBatch(engine.context.db, { jobs: 20, projectId });
    for (const inFlight of [1, 2, 3, 4, 5, 6]) {
      await setInFlightMax(engine.context.db, inFlight);
      await dispatch(engine.context);
      await dispatch(engine.context);
    }

    const about = `project:${projectId}`;
    expect(await told()).toMatchObject([
      { type: 'budget.threshold', about, percent: 50, reserved: '0.24', limit: '0.4' },
      { type: 'budget.threshold', about, percent: 80, reserved: '0.32' },
      { type: 'budget.threshold', about, percent: 100, reserved: '0.4' },
      { type: 'budget.exhausted', about, needed: '0.08', batch_id: batchId },
    ]);

    await limitProject('0.6');
    await dispatch(engine.context);
    expect((await told()).slice(4)).toMatchObject([{ type: 'budget.threshold', percent: 80, reserved: '0.48' }]);
  });

  it('of a cap that is lowered below what is spent, at the next dispatch', async () => {
    const { batchId } = await makeBatch(engine.context.db, { jobs: 3, projectId, capUsd: '10' });
    await setInFlightMax(engine.context.db, 2);
    await dispatch(engine.context);
    await changeBatch(engine.context, { projectId, batchId, capNanoUsd: usd('0.1') });
    await setInFlightMax(engine.context.db, 3);
    await dispatch(engine.context);

    expect(await countAttempts()).toBe(2);
    expect((await told()).map(({ type }) => type).sort()).toEqual(['budget.exhausted', 'budget.threshold']);
  });
});

describe('a budget row', () => {
  const hourOf = (windowStart: string) =>
    prisma().$executeRawUnsafe(
      `INSERT INTO budgets (scope, period, project_id, window_start) VALUES ('project:${projectId}', 'hour', '${projectId}', ${windowStart})`,
    );

  it('has a window that its period has, and only then', async () => {
    await expect(hourOf('NULL')).rejects.toThrow(/window_fits_period/);
    await expect(hourOf("'2027-01-01T12:30:00Z'")).rejects.toThrow(/window_fits_period/);
    await hourOf("'2027-01-01T12:00:00Z'");
    await expect(
      prisma().$executeRaw`UPDATE budgets SET window_start = '2027-01-01T11:00:00Z' WHERE period = 'hour'`,
    ).rejects.toThrow(/does not become/);
  });
});

it('a raise that is spent within one dispatch is told of as well, and a lane that merely waits on is not', async () => {
  await makeBatch(engine.context.db, { jobs: 20, projectId });
  const told = () => prisma().event.count({ where: { type: 'budget.exhausted' } });
  await limitProject('0.4');
  for (let run = 0; run < 2; run++) await dispatch(engine.context);
  expect(await told()).toBe(1);
  await limitProject('0.96');

  expect((await dispatch(engine.context)).reserved).toBe(7);
  await dispatch(engine.context);
  expect(await told()).toBe(2);
});

it('a project gets no more slots by making more keys, and lanes that have nothing ready are not looked at', async () => {
  await setInFlightMax(engine.context.db, 20);
  const { batchId } = await makeBatch(engine.context.db, { jobs: 40, projectId });
  for (let key = 0; key < 9; key++) {
    const pepper = 'a-pepper-for-tests-0000000000000000';
    const { keyId: apiKeyId } = await createApiKey(engine.context, { projectId, name: `key ${key}`, pepper });
    for (let job = 0; job < 3; job++) await createJob(engine.context, { projectId, apiKeyId, input: TEST_INPUT });
  }

  expect((await dispatch(engine.context)).reserved).toBe(20);
  expect(await prisma().attempt.count({ where: { batch_id: batchId } })).toBe(10);
  const lanes = await inTransaction(engine.context.db, (tx) => openLanes(tx, 20));
  expect(new Set(lanes.filter(({ batch_id }) => batch_id === null).map(({ party_id }) => party_id))).toEqual(
    new Set([projectId]),
  );
});
