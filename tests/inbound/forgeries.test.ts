import { type RunningApi, startApi } from '@reelay/api';
import { setInFlightMax } from '@reelay/db';
import { dispatch } from '@reelay/engine';
import { createLogger } from '@reelay/runtime';
import {
  type CallbackSigner,
  createTestContext,
  createTestDatabase,
  makeBatch,
  startCallbackSigner,
  type TestContext,
  type TestDatabase,
} from '@reelay/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestTables } from './digest-tables.ts';
import { measureCost } from './measure-cost.ts';
import { anyMutation, mutate } from './mutations.ts';
import { sendRaw } from './send-raw.ts';
import { bytesOf, isCredible, isWhole, type SignedRequest } from './signed-request.ts';

/** More by the variable; a failure names the seed that finds it again. */
const FORGERIES = Number(process.env.REELAY_TEST_FORGERIES ?? 3_000);
const AT_ONCE = 16;
/** One in ten turns out to be no forgery. */
const SPARE = 1.25;
const WARM_UP = 800;
const HEAP_GROWTH_BYTES_MAX = 16 * 1024 * 1024;
/** Of sender and receiver together, and of the machine's own time, not the clock's. */
const CPU_MS_MAX = 25;

let signer: CallbackSigner;
let database: TestDatabase;
let context: TestContext;
let api: RunningApi;
let port: number;
let genuine: SignedRequest;
let other: SignedRequest;

beforeAll(async () => {
  [signer, database] = await Promise.all([startCallbackSigner(), createTestDatabase()]);
  const publicUrl = 'https://reelay.example.com';
  const options = { databaseUrl: database.url, falUrl: 'http://127.0.0.1:1', jwksUrl: signer.jwksUrl, publicUrl };
  context = createTestContext(options);
  const keyPepper = 'a-pepper-for-tests-only-00000000000';
  api = await startApi({ host: '127.0.0.1', port: 0, keyPepper }, { context, log: createLogger({ level: 'silent' }) });
  port = Number(new URL(api.url).port);
  await setInFlightMax(context.db, 100);
  [genuine, other] = [await expectCallback(), await expectCallback()];
});
afterAll(async () => {
  await api?.close();
  await context?.close();
  await Promise.all([signer?.close(), database?.drop()]);
});

/** A callback as fal would send it for an attempt that waits for it. */
async function expectCallback(): Promise<SignedRequest> {
  await makeBatch(context.db, { jobs: 1 });
  await dispatch(context);
  const [attemptId = ''] = context.tasks.take('submit');
  const { headers, rawBody } = signer.sign({ requestId: `req-of-${attemptId}` });
  const path = new URL(context.fal.webhookUrl(attemptId) ?? '').pathname;
  return { method: 'POST', path, headers: Object.entries(headers), body: rawBody, framing: 'length' };
}

const forgeries = fc.array(fc.array(anyMutation, { minLength: 1, maxLength: 3 }), {
  minLength: AT_ONCE,
  maxLength: AT_ONCE,
});

/** Sends at least so many and says how many were answered with each status; null: the connection was closed. */
async function forge(count: number, seed?: number): Promise<Map<number | null, number>> {
  const answers = new Map<number | null, number>();
  const forgeOne = async (mutations: Parameters<typeof mutate>[1][]) => {
    const forged = mutations.reduce((request, mutation) => mutate(request, mutation, other), genuine);
    if (isCredible(forged, [genuine, other])) return;
    const { status, hung } = await sendRaw(port, bytesOf(forged), isWhole(forged));
    answers.set(status, (answers.get(status) ?? 0) + 1);
    expect(hung).toBe(false);
    // Who is still sending when the connection ends may never see the answer.
    if (status !== null) expect(Math.floor(status / 100)).toBe(4);
  };
  const sendAll = fc.asyncProperty(forgeries, async (each) => void (await Promise.all(each.map(forgeOne))));
  await fc.assert(sendAll, { numRuns: Math.ceil((count * SPARE) / AT_ONCE), ...(seed === undefined ? {} : { seed }) });
  return answers;
}

describe('a forged callback', () => {
  it('is refused however it is forged, changes no row and wakes nobody', { timeout: 3_600_000 }, async () => {
    await forge(WARM_UP, 1);
    const before = await digestTables(context.db);
    const cost = measureCost();

    const answers = await forge(FORGERIES);

    const { heapGrowthBytes, cpuMs } = cost.end();
    const sent = [...answers.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `${sent} forgeries: ${JSON.stringify(Object.fromEntries(answers))}, ` +
        `heap ${(heapGrowthBytes / 1e6).toFixed(1)} MB more, ${(cpuMs / sent).toFixed(2)} ms of CPU each, both sides`,
    );
    expect(await digestTables(context.db)).toEqual(before);
    expect(context.tasks.take('settle')).toEqual([]);
    expect(sent).toBeGreaterThanOrEqual(FORGERIES);
    expect(heapGrowthBytes).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
    expect(cpuMs / sent).toBeLessThan(CPU_MS_MAX);
  });

  it('is told from a genuine one, which still is taken', async () => {
    const before = await digestTables(context.db);

    expect(await sendRaw(port, bytesOf(genuine), true)).toEqual({ status: 200, hung: false });

    expect(context.tasks.take('settle')).toHaveLength(1);
    const after = await digestTables(context.db);
    expect(Object.keys(after).filter((table) => after[table] !== before[table])).toContain('webhook_inbox');
  });
});
