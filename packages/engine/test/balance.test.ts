// The provider account's balance: dispatch stops before fal locks the account, and goes on when it was topped up.
import { setInFlightMax } from '@reelay/db';
import { dispatch, getBatch, guardBalance, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch, silentLog } from '@reelay/testkit';
import { expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const PRICE_USD = 0.08;
const engine = useEngine({ inFlightMax: 2, listing: true, sim: { balanceUsd: 10 * PRICE_USD } });

const db = () => engine.context.db;
const guard = () => guardBalance(engine.context);
const accepted = () => engine.sim.ledger().length;

/** Guards, dispatches, submits and settles until nothing more goes out; how many jobs were run. */
async function runUntilClosed(): Promise<number> {
  for (;;) {
    await guard();
    const ids = await engine.reserve();
    if (ids.length === 0) return accepted();
    for (const id of ids) {
      await submitAttempt(engine.context, id);
      await eventually(async () => (await settleAttempt(engine.context, id)).kind === 'settled');
    }
  }
}

it('closes dispatch before the account is locked, says for how many rows it lasts, and opens again when topped up', async () => {
  const { projectId, batchId } = await makeBatch(db(), { jobs: 20 });
  const batch = () => getBatch(engine.context, { projectId, batchId });

  expect(await runUntilClosed()).toBe(8);
  expect(engine.sim.summary().locked).toBe(false);
  expect(await guard()).toEqual({ kind: 'low', rows: 2 });
  expect((await dispatch(engine.context)).reserved).toBe(0);
  expect(await batch()).toMatchObject({
    status: 'paused',
    pause_reason: 'provider_balance',
    pause_detail: expect.stringContaining('enough for 2 more rows'),
  });
  const incident = () => db().prisma.incident.findMany({ where: { kind: 'provider_balance_low' } });
  expect(await incident()).toMatchObject([{ project_id: null, closed_at: null }]);

  // Topping up is what the simulator takes unlocking for.
  engine.sim.unlock();
  expect(await guard()).toEqual({ kind: 'enough', rows: 10 });
  expect(await batch()).toMatchObject({ status: 'in_progress', pause_detail: null });
  expect(await incident()).toMatchObject([{ closed_at: expect.any(Date) }]);
  expect(await runUntilClosed()).toBe(16);
  expect(engine.sim.summary().locked).toBe(false);
});

it('closes nothing that it covers, and does not count what nobody has started', async () => {
  await setInFlightMax(db(), 40);
  await makeBatch(db(), { jobs: 1 });
  const { batchId } = await makeBatch(db(), { jobs: 30, input: { num_frames: 161, resolution: '720p' } });
  await db().prisma.$executeRaw`UPDATE batches SET state = 'awaiting_confirmation' WHERE id = ${batchId}`;

  expect(await guard()).toEqual({ kind: 'enough', rows: 10 });
  expect((await dispatch(engine.context)).reserved).toBe(1);
});

it('counts what is under way as spent', async () => {
  await makeBatch(db(), { jobs: 20 });
  engine.sim.setFaults({ 'run.stuck': 1 });
  expect(await guard()).toEqual({ kind: 'enough', rows: 10 });
  for (const id of await engine.reserve()) await submitAttempt(engine.context, id);

  expect(await guard()).toEqual({ kind: 'enough', rows: 8 });
});

it('a balance that cannot be read any more stays what it was for a while, then closes nothing', async () => {
  await makeBatch(db(), { jobs: 20 });
  engine.sim.lock();
  expect(await guard()).toEqual({ kind: 'low', rows: 0 });
  const failure = { kind: 'provider_unavailable', message: 'no answer' } as const;
  const fal = { ...engine.context.fal, readBalance: async () => ({ kind: 'unavailable', failure }) as const };

  await guardBalance({ ...engine.context, fal });
  expect((await dispatch(engine.context)).reserved).toBe(0);

  await db().prisma.$executeRaw`UPDATE provider_accounts SET balance_at = balance_at - interval '1 day'`;
  await guardBalance({ ...engine.context, fal });
  expect((await dispatch(engine.context)).reserved).toBe(2);
});

it('is not guarded when nobody may read it, and that is said once', async () => {
  await makeBatch(db(), { jobs: 2 });
  const said: string[] = [];
  const log = { ...silentLog(), warn: (_fields: object, message: string) => void said.push(message) };
  const fal = { ...engine.context.fal, readBalance: async () => ({ kind: 'not_available' }) as const };

  for (let i = 0; i < 3; i++) expect(await guardBalance({ ...engine.context, fal, log })).toEqual({ kind: 'unknown' });

  expect(said).toEqual([expect.stringContaining('give FAL_KEY admin rights')]);
  expect((await dispatch(engine.context)).reserved).toBe(2);
});
