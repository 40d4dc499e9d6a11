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

it('names what was billed once, however often fal repeats the event', async () => {
  sim.setFaults({ 'billing.duplicate_event': 1 });
  const ids = await submit(3);
  await untilAllBilled(3);

  const billed = await fal.listBilled(window());

  if (billed.kind !== 'listed') throw new Error(billed.kind);
  expect(billed.complete).toBe(true);
  expect(billed.requestIds.toSorted()).toEqual(ids.toSorted());
});

it('has nothing to list without a platform, and says so', async () => {
  const alone = testFal(sim.url);

  expect(await alone.listRequests(window())).toEqual({ kind: 'not_available' });
  expect(await alone.listBilled(window())).toEqual({ kind: 'not_available' });
  await alone.close();
});

it('is unavailable, not empty, when the platform cannot be read', async () => {
  const lost = testFal(sim.url, { platformUrl: `${sim.url}/no/such/place` });

  expect((await lost.listRequests(window())).kind).toBe('unavailable');
  expect((await lost.listBilled(window())).kind).toBe('unavailable');
  await lost.close();
});
