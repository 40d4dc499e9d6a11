// fal's lists of what it took and what it billed, read page by page from the simulator's platform.
import type { Fal } from '@reelay/fal';
import { type FalSim, startFalSim } from '@reelay/fal-sim';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ENDPOINT_ID, submitRequest, testFal } from './support/test-fal.ts';

const AN_HOUR_MS = 3_600_000;
let sim: FalSim;
let fal: Fal;

beforeEach(async () => {
  sim = await startFalSim({ speed: 1_000, medianRunSeconds: 1, concurrency: 200 });
  fal = testFal(sim.url, { platformUrl: sim.platformUrl });
});
afterEach(async () => {
  await fal.close();
  await sim.close();
});

const window = () => ({ endpointId: ENDPOINT_ID, fromMs: Date.now() - AN_HOUR_MS, toMs: Date.now() + AN_HOUR_MS });

async function submit(count: number): Promise<string[]> {
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, i) => fal.submit(submitRequest({ attemptId: `att_${i}`, jobId: `job_${i}` }))),
  );
  return outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? [outcome.requestId] : []));
}

const untilAllBilled = (count: number) =>
  vi.waitUntil(() => sim.ledger().filter((line) => line.billed_nano_usd > 0).length === count, { timeout: 10_000 });

it('lists every request with its input, over as many pages as there are', async () => {
  const ids = await submit(130);

  const listing = await fal.listRequests(window());

  if (listing.kind !== 'listed') throw new Error(listing.kind);
  expect(listing.complete).toBe(true);
  expect(new Set(listing.requests.map(({ requestId }) => requestId))).toEqual(new Set(ids));
  expect(listing.requests[0]?.input).toEqual(submitRequest().input);
});

it('tells each event of the bill once, however often fal repeats it, to the nano-dollar', async () => {
  sim.setFaults({ 'billing.duplicate_event': 1, 'billing.discount': { p: 1, percent: 12.5 } });
  const ids = await submit(3);
  await untilAllBilled(3);

  const billed = await fal.listBilled(window());

  if (billed.kind !== 'listed') throw new Error(billed.kind);
  expect(billed.complete).toBe(true);
  expect(billed.events.map(({ requestId }) => requestId).toSorted()).toEqual(ids.toSorted());
  const costs = new Map(billed.events.map((event) => [event.requestId, event.costNanoUsd]));
  expect(sim.ledger().map((line) => costs.get(line.request_id))).toEqual(
    sim.ledger().map((line) => BigInt(line.billed_nano_usd)),
  );
  expect(billed.events[0]).toMatchObject({
    endpointId: ENDPOINT_ID,
    outputUnits: '5.0625',
    unitPrice: '0.08',
    percentDiscount: '12.5',
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it('gives the same event the same digest in every reading, and another event another', async () => {
  await submit(2);
  await untilAllBilled(2);
  const digests = async () => {
    const billed = await fal.listBilled(window());
    return billed.kind === 'listed' ? billed.events.map(({ digest }) => digest) : [];
  };

  const first = await digests();
  expect(new Set(first).size).toBe(2);
  expect(await digests()).toEqual(first);
});

it('tells the bill of the requests asked for and of no other, fifty at a time', async () => {
  const [wanted = ''] = await submit(3);
  await untilAllBilled(3);
  const { fromMs, toMs } = window();

  const billed = await fal.listBilled({ fromMs, toMs, requestIds: [wanted] });

  if (billed.kind !== 'listed') throw new Error(billed.kind);
  expect(billed.events.map(({ requestId }) => requestId)).toEqual([wanted]);
  const tooMany = Array.from({ length: 51 }, (_, i) => `r${i}`);
  await expect(fal.listBilled({ fromMs, toMs, requestIds: tooMany })).rejects.toThrow(/50 requests at a time/);
});

it('reads what a unit costs and what is left on the account', async () => {
  expect(await fal.readUnitPrices([ENDPOINT_ID])).toEqual({
    kind: 'read',
    prices: [{ endpointId: ENDPOINT_ID, unitPriceNanoUsd: 80_000_000n, unit: 'second' }],
  });
  expect(await fal.readBalance()).toEqual({ kind: 'read', balanceNanoUsd: 1_000_000_000_000_000n });
  sim.lock();
  expect(await fal.readBalance()).toEqual({ kind: 'read', balanceNanoUsd: 0n });
});

it('has nothing to list without a platform, and says so', async () => {
  const alone = testFal(sim.url);

  expect(await alone.listRequests(window())).toEqual({ kind: 'not_available' });
  expect(await alone.listBilled(window())).toEqual({ kind: 'not_available' });
  expect(await alone.readUnitPrices([ENDPOINT_ID])).toEqual({ kind: 'not_available' });
  expect(await alone.readBalance()).toEqual({ kind: 'not_available' });
  await alone.close();
});

it('is unavailable, not empty, when the platform cannot be read', async () => {
  const lost = testFal(sim.url, { platformUrl: `${sim.url}/no/such/place` });

  expect((await lost.listRequests(window())).kind).toBe('unavailable');
  expect((await lost.listBilled(window())).kind).toBe('unavailable');
  expect((await lost.readUnitPrices([ENDPOINT_ID])).kind).toBe('unavailable');
  expect((await lost.readBalance()).kind).toBe('unavailable');
  await lost.close();
});
