// fal's bill against the ledger: the simulator's own ledger says what was really paid.
import { DEFAULT_MODEL_ID, formatUsd } from '@reelay/core';
import { foldLedger, insertCallback, inTransaction, setInFlightMax, storeBillingEvents } from '@reelay/db';
import {
  auditLedger,
  exportLedger,
  exportStatement,
  getBatch,
  listAttempts,
  patrol,
  reconcile,
  resolveJob,
  settleAttempt,
  submitAttempt,
} from '@reelay/engine';
import { eventually, makeBatch, TEST_INPUT } from '@reelay/testkit';
import { describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const DAY_MS = 86_400_000;
const COST_FAR_ABOVE = 'attempt.cost_far_above_estimate';

const engine = useEngine({ inFlightMax: 40, listing: true, sim: { bill422: 1, concurrency: 100 } });

const db = () => engine.context.db;
const run = () => reconcile(engine.context);
/** As when fal does not tell its bill. */
const blind = () => {
  const fal = { ...engine.context.fal, listBilled: async () => ({ kind: 'not_available' }) as const };
  return { ...engine.context, fal };
};
const ledgerLine = (requestId: string | null) =>
  engine.sim.ledger().find(({ request_id }) => request_id === requestId) ?? raise(`no request ${requestId} at fal`);
const billOf = (requestId: string | null) => BigInt(ledgerLine(requestId).billed_nano_usd);
const paid = () => engine.sim.ledger().reduce((sum, { billed_nano_usd }) => sum + BigInt(billed_nano_usd), 0n);

function raise(message: string): never {
  throw new Error(message);
}

/** Jobs of different prices and inputs, so that each meets faults of its own. */
const inputs = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    prompt: `clip ${i}`,
    num_frames: 17 + i,
    resolution: ['480p', '580p', '720p'][i % 3],
  }));

async function runBatch(count: number) {
  const batch = await makeBatch(db(), { jobs: count, inputs: inputs(count), maxAttempts: 1 });
  const attemptIds = await engine.reserve();
  for (const id of attemptIds) await submitAttempt(engine.context, id);
  for (const id of attemptIds) {
    await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
  }
  return { ...batch, attemptIds };
}

/** Lets time pass for whatever waits for a bill. */
async function age(days: number): Promise<void> {
  await db().prisma.$executeRaw`
    UPDATE bills SET opened_at = opened_at - make_interval(days => ${days}::int),
      next_look_at = next_look_at - make_interval(days => ${days}::int)`;
  await db().prisma.$executeRaw`
    UPDATE billing_events SET seen_at = seen_at - make_interval(days => ${days}::int),
      next_try_at = next_try_at - make_interval(days => ${days}::int)`;
}

async function entriesOf(attemptId: string): Promise<[string, bigint, string][]> {
  const rows = await db().prisma.ledgerEntry.findMany({ where: { attempt_id: attemptId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind, amount_nano_usd, basis }) => [kind, amount_nano_usd, basis]);
}

const bills = () => db().prisma.bill.findMany({ include: { attempt: true }, orderBy: { id: 'asc' } });
const incidents = () => db().prisma.incident.findMany({ orderBy: { id: 'asc' } });

async function spent(): Promise<bigint> {
  const kinds = ['charge', 'orphan_charge', 'adjust'];
  const rows = await db().prisma.ledgerEntry.findMany({ where: { kind: { in: kinds } } });
  return rows.reduce((sum, { amount_nano_usd }) => sum + amount_nano_usd, 0n);
}

async function charged(attemptId: string): Promise<bigint> {
  return (await entriesOf(attemptId)).reduce((sum, [kind, amount]) => (kind === 'charge' ? sum + amount : sum), 0n);
}

/** The database's own promise of a fold: each budget is the sum of its entries. */
async function expectBudgetsToAgree(batchId: string): Promise<void> {
  await inTransaction(db(), foldLedger);
  const total = await spent();
  const rows = await db().prisma.budget.findMany({ where: { scope: { in: ['deployment', `batch:${batchId}`] } } });
  expect(rows.map((row) => [row.reserved_nano_usd, row.charged_nano_usd])).toEqual([
    [0n, total],
    [0n, total],
  ]);
}

describe('with every fault of the bill', () => {
  const FAULTS = {
    'billing.lag': { p: 0.5, ms: 30 * DAY_MS },
    'billing.missing_event': { p: 0.3, ms: 60 * DAY_MS },
    'billing.discount': { p: 0.4, percent: 20 },
    'billing.surcharge': { p: 0.4, percent: 50 },
    'billing.duplicate_event': 0.5,
    'run.units_factor': { p: 0.2, factor: 1.5 },
  };

  it("what is billed equals fal's ledger to the nano-dollar once it has come, and each difference has its reason", async () => {
    engine.sim.setFaults(FAULTS);
    const { batchId } = await runBatch(30);
    await run();
    const early = (await bills()).filter(({ billed_nano_usd }) => billed_nano_usd !== null).length;
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(30);
    for (const days of [30, 60]) {
      engine.sim.advanceClock(days * DAY_MS);
      await age(1);
      await run();
    }

    const all = await bills();
    expect(all).toHaveLength(30);
    expect(all.map((bill) => bill.billed_nano_usd)).toEqual(all.map((bill) => billOf(bill.request_id)));
    expect(all.reduce((sum, bill) => sum + (bill.billed_nano_usd ?? 0n), 0n)).toBe(paid());
    expect(await spent()).toBe(paid());
    for (const { attempt_id, billed_nano_usd, reason } of all) {
      expect(reason === null).toBe((await charged(attempt_id)) === billed_nano_usd);
    }
    const reasons = new Set(all.map(({ reason }) => reason));
    expect([...reasons].toSorted()).toEqual(['discount', 'several', 'surcharge', null].toSorted());
    const far = all.filter((bill) => (bill.billed_nano_usd ?? 0n) > 2n * bill.attempt.reserved_nano_usd);
    expect((await incidents()).map(({ kind, attempt_id }) => [kind, attempt_id]).toSorted()).toEqual(
      far.map(({ attempt_id }) => ['cost_far_above_estimate', attempt_id]).toSorted(),
    );
    await expectBudgetsToAgree(batchId);
  });

  it('a bill that never comes leaves the charge as it is, and says so', async () => {
    engine.sim.setFaults({ ...FAULTS, 'billing.missing_event': 0.4, 'billing.lag': 0 });
    await runBatch(20);
    await run();
    await age(8);
    await run();

    const all = await bills();
    const without = all.filter(({ billed_nano_usd }) => billed_nano_usd === null);
    expect(without.length).toBeGreaterThan(0);
    expect(new Set(without.map(({ reason }) => reason))).toEqual(new Set(['no_event']));
    const hidden = without.reduce((sum, { request_id }) => sum + billOf(request_id), 0n);
    expect(all.reduce((sum, bill) => sum + (bill.billed_nano_usd ?? 0n), 0n) + hidden).toBe(paid());
    for (const { attempt_id } of without) {
      expect((await entriesOf(attempt_id)).map(([kind]) => kind)).toEqual(['reserve', 'release', 'charge']);
    }
  });

  it('a bill that comes after its window corrects the charge all the same', async () => {
    engine.sim.setFaults({
      'billing.missing_event': { p: 1, ms: 60 * DAY_MS },
      'billing.discount': { p: 1, percent: 10 },
    });
    const { attemptIds } = await runBatch(1);
    await age(8);
    await run();
    expect(await bills()).toMatchObject([{ billed_nano_usd: null, reason: 'no_event' }]);

    engine.sim.advanceClock(60 * DAY_MS);
    await run();

    expect(await bills()).toMatchObject([{ billed_nano_usd: paid(), reason: 'discount', events: 1 }]);
    expect((await entriesOf(attemptIds[0] ?? '')).at(-1)).toEqual(['adjust', -(paid() / 9n), 'discount']);
  });
});

describe('an event of the bill', () => {
  it('is booked once, whoever reads it, how often and how many at once', async () => {
    engine.sim.setFaults({ 'billing.surcharge': 1, 'billing.duplicate_event': 1 });
    await runBatch(6);

    await Promise.all([run(), run(), run(), run()]);
    await run();

    const rows = await db().prisma.ledgerEntry.findMany({ where: { kind: 'adjust' } });
    expect(rows).toHaveLength(6);
    expect(await spent()).toBe(paid());
  });

  it.each(['billing.stored', 'billing.before_commit'])(
    'is booked by the next run when the process dies at %s',
    async (name) => {
      engine.sim.setFaults({ 'billing.surcharge': 1 });
      await runBatch(2);
      let died = 0;
      engine.failpoints.set(name, async () => {
        died += 1;
        throw new Error('killed here');
      });
      await run().catch(() => {});
      expect(died).toBeGreaterThan(0);
      expect(await db().prisma.ledgerEntry.count({ where: { kind: 'adjust' } })).toBe(0);
      expect(await db().prisma.billingEvent.count({ where: { booked_at: null } })).toBe(2);

      engine.failpoints.clear();
      await run();

      expect(await spent()).toBe(paid());
      expect(await db().prisma.billingEvent.count({ where: { booked_at: null } })).toBe(0);
    },
  );

  it('that cannot be booked holds up no other', async () => {
    engine.sim.setFaults({ 'billing.surcharge': 1 });
    await runBatch(3);
    let tries = 0;
    engine.failpoints.set('billing.before_commit', async () => {
      tries += 1;
      if (tries === 1) throw new Error('not this one');
    });

    await run();

    expect(await db().prisma.ledgerEntry.count({ where: { kind: 'adjust' } })).toBe(2);
  });

  it('that comes before its attempt is settled waits, and corrects the charge when there is one', async () => {
    engine.sim.setFaults({ 'billing.discount': { p: 1, percent: 50 } });
    await makeBatch(db(), { jobs: 1 });
    const [attemptId = ''] = await engine.reserve();
    await submitAttempt(engine.context, attemptId);
    await eventually(() => engine.sim.ledger().every(({ finished_at }) => finished_at !== null));
    await run();
    expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve']);

    await eventually(async () => (await settleAttempt(engine.context, attemptId)).kind === 'settled');
    await run();

    expect(await entriesOf(attemptId)).toEqual([
      ['reserve', 80_000_000n, 'price_rule'],
      ['release', 80_000_000n, 'settled'],
      ['charge', 80_000_000n, 'units'],
      ['adjust', -40_000_000n, 'discount'],
    ]);
  });

  it('that was kept with a discount of 0 before is the same without one', async () => {
    const event = {
      ...{ digest: 'before', requestId: 'req', endpointId: DEFAULT_MODEL_ID, occurredAtMs: 1_700_000_000_123 },
      ...{ outputUnits: '17', unitPrice: '0.005', percentDiscount: '0', costNanoUsd: 85_000_000n },
    };
    expect(await storeBillingEvents(db().prisma, [event])).toBe(1);

    const now = { ...event, percentDiscount: null, digest: 'now' };
    expect(await storeBillingEvents(db().prisma, [now])).toBe(0);
    expect(await storeBillingEvents(db().prisma, [{ ...now, costNanoUsd: 86_000_000n, digest: 'dearer' }])).toBe(1);
  });

  it('that says something else than the one before is added, and is an incident', async () => {
    await runBatch(1);
    await run();
    const first = await db().prisma.billingEvent.findFirstOrThrow();
    const second = { ...first, digest: 'another', cost_nano_usd: 5n, booked_at: null, attempt_id: null };
    await db().prisma.billingEvent.create({ data: { ...second, next_try_at: new Date(0) } });

    await run();
    await run();

    expect(await bills()).toMatchObject([{ billed_nano_usd: paid() + 5n, events: 2, reason: 'second_event' }]);
    expect(await spent()).toBe(paid() + 5n);
    expect((await incidents()).map(({ kind }) => kind)).toEqual(['second_billing_event']);
  });

  it('that the sweep has missed is asked for by its request id', async () => {
    engine.sim.setFaults({ 'billing.surcharge': 1 });
    await runBatch(3);
    await db().prisma.$executeRaw`UPDATE provider_accounts SET billing_read_until = now() + interval '1 day'`;
    await run();
    expect(await db().prisma.billingEvent.count()).toBe(0);
    await age(1);
    await run();

    expect((await bills()).map(({ billed_nano_usd, reason }) => [billed_nano_usd, reason])).toEqual(
      (await bills()).map(({ request_id }) => [billOf(request_id), 'surcharge']),
    );
    expect(await spent()).toBe(paid());
  });

  it('far above the estimate raises an incident and an event, once', async () => {
    engine.sim.setFaults({ 'billing.surcharge': { p: 1, percent: 101 } });
    const { projectId, attemptIds } = await runBatch(1);
    await run();
    await age(1);
    await run();

    expect(await incidents()).toMatchObject([
      { kind: 'cost_far_above_estimate', project_id: projectId, attempt_id: attemptIds[0] },
    ]);
    const events = await db().prisma.event.findMany({ where: { type: COST_FAR_ABOVE } });
    expect(events.map(({ type, subject_id }) => [type, subject_id])).toEqual([
      ['attempt.cost_far_above_estimate', attemptIds[0]],
    ]);
  });

  it.each([
    ['an attempt', 1],
    ['an orphan acceptance', 2],
  ])('is not waited for when the units of %s come to far more than the estimate', async (_name, count) => {
    engine.sim.setFaults({ 'run.units_factor': { p: 1, factor: 50 }, 'billing.missing_event': 1 });
    const { projectId, attemptIds } = await runBatch(1);
    const [attemptId = ''] = attemptIds;
    if (count === 2) await claimFor(attemptId, await acceptAnother());

    const raised = { kind: 'cost_far_above_estimate', project_id: projectId, attempt_id: attemptId };
    expect(await incidents()).toMatchObject(Array.from({ length: count }, () => raised));
    expect(await db().prisma.event.count({ where: { type: COST_FAR_ABOVE } })).toBe(count);
    expect(await db().prisma.attempt.count({ where: { units_disagree: true } })).toBe(1);
  });

  it('of a request that is nobody’s is an incident after a while, once, and closed when somebody claims it', async () => {
    await runBatch(1);
    const requestId = await acceptAnother();
    const other = { kind: 'unknown_request_billed', key: `${requestId}0`, message: 'another request', detail: {} };
    await run();
    expect(await incidents()).toEqual([]);
    await age(2);
    await run();
    await age(2);
    await run();
    expect(await incidents()).toMatchObject([
      { kind: 'unknown_request_billed', request_id: requestId, project_id: null, closed_at: null },
    ]);

    const { id } = await db().prisma.attempt.findFirstOrThrow();
    await db().prisma.incident.create({ data: { id: 'inc_other', ...other } });
    await claimFor(id, requestId);
    await age(1);
    await run();

    const closed = (await incidents()).map(({ key, closed_at }) => [key, closed_at !== null]);
    expect(new Map(closed as [string, boolean][])).toEqual(
      new Map([
        [requestId, true],
        [other.key, false],
      ]),
    );
    expect(await spent()).toBe(paid());
  });

  it('of an orphan acceptance corrects what was charged for that', async () => {
    engine.sim.setFaults({ 'billing.surcharge': 1 });
    const batch = await runBatch(1);
    const [attemptId = ''] = batch.attemptIds;
    const requestId = await acceptAnother();
    await claimFor(attemptId, requestId);
    await run();

    const entries = await entriesOf(attemptId);
    expect(entries.map(([kind]) => kind).toSorted()).toEqual(
      ['reserve', 'release', 'charge', 'orphan_charge', 'adjust', 'adjust'].toSorted(),
    );
    expect(await spent()).toBe(paid());
    const all = await bills();
    expect(all.map((bill) => [bill.orphan, bill.billed_nano_usd])).toEqual(
      all.map((bill) => [bill.orphan, billOf(bill.request_id)]),
    );
    expect(all.map(({ orphan }) => orphan)).toEqual([false, true]);

    const adjusted = entries.filter(([kind]) => kind === 'adjust').map(([, amount]) => formatUsd(amount));
    const statement = await statementOf(batch);
    const [{ attempts, charged: rowCharged }] = statement.rows;
    expect(attempts).toMatchObject([
      { charged: '0.0425', difference_reason: 'surcharge', orphans: [{ fal_request_id: requestId, charged: '0.08' }] },
    ]);
    expect([attempts[0].adjusted, attempts[0].orphans[0].adjusted].toSorted()).toEqual(adjusted.toSorted());
    expect(await statementText(batch, 'html')).toContain('<td>surcharge surcharge</td>');
    expect([rowCharged, statement.totals.charged, statement.totals.billed]).toEqual(Array(3).fill(formatUsd(paid())));
  });
});

async function acceptAnother(): Promise<string> {
  const response = await fetch(`${engine.sim.url}/fal-ai/wan/v2.2-a14b/video-to-video`, {
    method: 'POST',
    headers: { authorization: 'Key k', 'content-type': 'application/json' },
    body: JSON.stringify({ ...TEST_INPUT, seed: 7 }),
  });
  const { request_id } = (await response.json()) as { request_id: string };
  await eventually(() => ledgerLine(request_id).finished_at !== null);
  return request_id;
}

/** fal's callback says that this request is the attempt's. */
async function claimFor(attemptId: string, requestId: string): Promise<void> {
  const callback = { attemptId, requestId, failed: false, stale: false, payload: null, digest: requestId };
  await inTransaction(db(), (tx) => insertCallback(tx, callback));
  await eventually(async () => {
    await settleAttempt(engine.context, attemptId);
    const orphan = await db().prisma.orphanAcceptance.findUnique({ where: { request_id: requestId } });
    return orphan?.state === 'settled';
  });
}

type Made = { readonly batchId: string; readonly projectId: string };

async function statementText({ batchId, projectId }: Made, format: 'json' | 'html'): Promise<string> {
  const statement = await exportStatement(engine.context, { projectId, batchId, format });
  const parts: string[] = [];
  for await (const part of statement?.lines ?? []) parts.push(part);
  return parts.join('');
}

const statementOf = async (batch: Made) => JSON.parse(await statementText(batch, 'json'));

describe('a statement', () => {
  it('is complete when nothing is held and every bill is known, and no sooner', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1, 'result.no_units': 1 });
    const batch = await runBatch(1);
    expect(await statementOf(batch)).toMatchObject({
      complete: false,
      totals: { reserved: '0.0425', charged: '0', billed: null },
    });
    await run();

    expect(await statementOf(batch)).toMatchObject({
      complete: true,
      totals: { reserved: '0', charged: '0.0425', billed: '0.0425' },
    });
  });

  it('is not complete while a bill is waited for, though everything is charged', async () => {
    engine.sim.setFaults({ 'billing.missing_event': 1 });
    const batch = await runBatch(1);
    expect(await statementOf(batch)).toMatchObject({ complete: false, totals: { charged: '0.0425', billed: null } });
    await age(8);
    await run();

    expect(await statementOf(batch)).toMatchObject({ complete: true, totals: { charged: '0.0425', billed: null } });
  });
});

describe('a failed run that fal may bill', () => {
  it('without units is charged what is billed', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1, 'result.no_units': 1, 'billing.discount': { p: 1, percent: 25 } });
    const { attemptIds, batchId } = await runBatch(1);
    const [attemptId = ''] = attemptIds;
    expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve']);
    await run();

    const reserved = 17n * 2_500_000n;
    expect(await entriesOf(attemptId)).toEqual([
      ['reserve', reserved, 'price_rule'],
      ['release', reserved, 'settled'],
      ['charge', paid(), 'billed'],
    ]);
    expect(paid()).toBe((reserved * 3n) / 4n);
    expect(await bills()).toMatchObject([{ billed_nano_usd: paid(), reason: null }]);
    await expectBudgetsToAgree(batchId);
  });

  it('with units is charged by them, and agrees with the bill', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1 });
    const { attemptIds } = await runBatch(1);
    await run();

    expect((await entriesOf(attemptIds[0] ?? '')).slice(2)).toEqual([['charge', paid(), 'units']]);
    expect(await bills()).toMatchObject([{ billed_nano_usd: paid(), reason: null }]);
  });

  it('without units or bill is charged its reservation when the window has passed, and no sooner', async () => {
    engine.sim.setFaults({ 'run.fail_422': 1, 'result.no_units': 1, 'billing.missing_event': 1 });
    const { attemptIds } = await runBatch(1);
    const [attemptId = ''] = attemptIds;
    await age(0);
    await run();
    expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve']);

    await age(8);
    await run();
    await run();

    expect((await entriesOf(attemptId)).slice(1)).toEqual([
      ['release', 17n * 2_500_000n, 'settled'],
      ['charge', 17n * 2_500_000n, 'assumed'],
    ]);
    expect(await bills()).toMatchObject([{ billed_nano_usd: null, reason: 'no_event' }]);
  });
});

it('a run that cost nothing is known to be billed nothing when the window has passed', async () => {
  engine.sim.setFaults({ 'run.fail_500': 1 });
  await runBatch(1);
  await run();
  expect(await bills()).toMatchObject([{ billed_nano_usd: null, closed_at: null }]);
  await age(8);
  await run();

  expect(await bills()).toMatchObject([{ billed_nano_usd: 0n, reason: null, closed_at: expect.any(Date) }]);
});

describe('an attempt that nobody found', () => {
  async function unknownAttempt(
    fault: 'submit.reset_after_accept' | 'submit.reset_before_accept',
    others: Parameters<typeof engine.sim.setFaults>[0] = {},
  ) {
    engine.sim.setFaults({ ...others, [fault]: 1 });
    const batch = await makeBatch(db(), { jobs: 1 });
    const [attemptId = ''] = await engine.reserve();
    await submitAttempt(engine.context, attemptId);
    expect(await db().prisma.attempt.findUniqueOrThrow({ where: { id: attemptId } })).toMatchObject({
      state: 'unknown',
    });
    return { ...batch, attemptId };
  }

  it('gives its reservation back when the whole bill of its time was read and holds nothing of it', async () => {
    const { attemptId, batchId } = await unknownAttempt('submit.reset_before_accept');
    await age(8);
    await run();

    expect((await entriesOf(attemptId)).slice(1)).toEqual([['release', 80_000_000n, 'not_billed']]);
    await expectBudgetsToAgree(batchId);
  });

  it('is charged by assumption when fal billed something that nobody has claimed', async () => {
    const { attemptId } = await unknownAttempt('submit.reset_after_accept');
    await eventually(() => engine.sim.ledger().every(({ finished_at }) => finished_at !== null));
    await age(8);
    await run();

    expect((await entriesOf(attemptId)).slice(1)).toEqual([
      ['release', 80_000_000n, 'settled'],
      ['charge', 80_000_000n, 'assumed'],
    ]);
  });

  it('is not charged for a bill that could not be read', async () => {
    const { attemptId } = await unknownAttempt('submit.reset_before_accept');
    await age(8);
    await reconcile(blind());
    expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve']);
    await age(1);
    await run();

    expect((await entriesOf(attemptId)).slice(1)).toEqual([['release', 80_000_000n, 'not_billed']]);
    expect(await bills()).toMatchObject([{ billed_nano_usd: 0n, closed_at: expect.any(Date) }]);
  });

  it('is not charged for a run of the same model that fal billed long after it could have ended', async () => {
    const { attemptId } = await unknownAttempt('submit.reset_before_accept');
    const foreign = { digest: 'foreign', requestId: 'nobodys', costNanoUsd: 80_000_000n };
    const unsaid = { outputUnits: null, unitPrice: null, percentDiscount: null };
    const occurredAtMs = Date.now() + 2 * DAY_MS;
    await storeBillingEvents(db().prisma, [{ ...foreign, ...unsaid, endpointId: DEFAULT_MODEL_ID, occurredAtMs }]);
    await age(8);
    await run();

    expect((await entriesOf(attemptId)).slice(1)).toEqual([['release', 80_000_000n, 'not_billed']]);
  });

  it('that is found after its reservation was given back is charged when it failed and has no bill, until it comes', async () => {
    const missing = { 'billing.missing_event': { p: 1, ms: 60 * DAY_MS } };
    const failing = { 'run.fail_422': 1, 'result.no_units': 1 };
    const { attemptId, batchId } = await unknownAttempt('submit.reset_after_accept', { ...missing, ...failing });
    await eventually(() => engine.sim.ledger().every(({ finished_at }) => finished_at !== null));
    await age(8);
    await run();
    expect((await entriesOf(attemptId)).slice(1)).toEqual([['release', 80_000_000n, 'not_billed']]);
    await eventually(async () => {
      await patrol(engine.context);
      await settleAttempt(engine.context, attemptId);
      return (await db().prisma.attempt.findUniqueOrThrow({ where: { id: attemptId } })).state === 'failed';
    });
    const held = async () => (await auditLedger(engine.context)).checks.every(({ faults }) => faults.length === 0);
    expect(await held()).toBe(true);

    await age(8);
    await run();

    expect((await entriesOf(attemptId)).slice(2)).toEqual([['charge', 80_000_000n, 'assumed']]);
    expect(await bills()).toMatchObject([{ billed_nano_usd: null, reason: 'no_event' }]);
    expect(await held()).toBe(true);
    engine.sim.advanceClock(60 * DAY_MS);
    await age(1);
    await run();
    expect(await spent()).toBe(paid());
    expect(await held()).toBe(true);
    await expectBudgetsToAgree(batchId);
  });

  it('is not charged twice when it is found after it was charged by assumption', async () => {
    const { attemptId } = await unknownAttempt('submit.reset_after_accept');
    await eventually(() => engine.sim.ledger().every(({ finished_at }) => finished_at !== null));
    await age(8);
    await run();
    await eventually(async () => {
      await patrol(engine.context);
      await settleAttempt(engine.context, attemptId);
      return (await db().prisma.attempt.findUniqueOrThrow({ where: { id: attemptId } })).state === 'succeeded';
    });
    await age(1);
    await run();

    expect(await spent()).toBe(paid());
  });
});

it('a request that a person gave up keeps what it was charged, once, when its bill never comes', async () => {
  engine.sim.setFaults({ 'billing.missing_event': { p: 1, ms: 60 * DAY_MS } });
  const { batchId, projectId } = await makeBatch(db(), { jobs: 1, maxAttempts: 1 });
  const [attemptId = ''] = await engine.reserve();
  await submitAttempt(engine.context, attemptId);
  const { id: jobId } = await db().prisma.job.findFirstOrThrow();
  await eventually(() => engine.sim.ledger()[0]?.finished_at != null);
  await db().prisma.$executeRaw`UPDATE jobs SET status = 'needs_review', status_detail = 'provider_stuck'`;
  await resolveJob(engine.context, { projectId, jobId, action: 'fail' });
  await eventually(async () => {
    await engine.patrolAndSettle();
    return (await db().prisma.orphanAcceptance.findFirstOrThrow()).state === 'settled';
  });
  await age(8);
  await run();
  await run();

  expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve', 'orphan_charge', 'release']);
  expect(await spent()).toBe(paid());
  expect((await bills()).map(({ reason, closed_at }) => [reason, closed_at !== null])).toEqual([['no_event', true]]);
  await expectBudgetsToAgree(batchId);
});

it('an attempt shows what it was charged by, what was billed, and why they differ', async () => {
  engine.sim.setFaults({ 'billing.surcharge': { p: 1, percent: 25 } });
  const { projectId, jobIds } = await runBatch(1);
  await run();

  const list = await listAttempts(engine.context, { projectId, jobId: jobIds[0] ?? '', page: { limit: 5 } });
  expect(list?.data[0]).toMatchObject({
    cost: {
      reserved: '0',
      charged: '0.0425',
      basis: 'units',
      billed: '0.053125',
      difference: { amount: '0.010625', reason: 'surcharge' },
    },
    units_disagree: false,
  });
});

describe('a provider that charges more than its price', () => {
  it('is the only excess over a cap, is shown, and closes dispatch', async () => {
    engine.sim.setFaults({ 'billing.surcharge': { p: 1, percent: 100 }, 'run.units_factor': { p: 1, factor: 2 } });
    const price = 80_000_000n;
    const { batchId, projectId } = await makeBatch(db(), { jobs: 10, capUsd: '0.4' });
    await setInFlightMax(db(), 2);
    const settleAll = async (ids: readonly string[]) => {
      for (const id of ids) {
        await submitAttempt(engine.context, id);
        await eventually(async () => (await settleAttempt(engine.context, id)).kind === 'settled');
      }
    };
    await settleAll(await engine.reserve());
    await age(1);
    await run();

    // Two rows at $0.08 were let through; their units doubled, then the price of a unit: $0.64 of a cap of $0.40.
    expect(await engine.reserve()).toEqual([]);
    const budget = await db().prisma.budget.findFirstOrThrow({ where: { scope: `batch:${batchId}` } });
    expect(budget).toMatchObject({ reserved_nano_usd: 0n, charged_nano_usd: 8n * price });
    expect(await getBatch(engine.context, { projectId, batchId })).toMatchObject({
      pause_reason: 'budget',
      cost: { charged: '0.64', billed: '0.64', billed_complete: true, cap: '0.4' },
    });
    expect(await db().prisma.attempt.count({ where: { units_disagree: true } })).toBe(2);
    expect((await incidents()).map(({ kind }) => kind)).toEqual(['cost_far_above_estimate', 'cost_far_above_estimate']);
  });

  it('and one that bills less gives the money back to the cap', async () => {
    engine.sim.setFaults({ 'billing.discount': { p: 1, percent: 50 } });
    const { projectId } = await makeBatch(db(), { jobs: 3, capUsd: '0.16' });
    for (const id of await engine.reserve()) {
      await submitAttempt(engine.context, id);
      await eventually(async () => (await settleAttempt(engine.context, id)).kind === 'settled');
    }
    expect(await engine.reserve()).toEqual([]);
    await age(1);
    await run();

    const lines: string[] = [];
    for await (const text of exportLedger(engine.context, { projectId })) lines.push(text);
    expect(lines.join('').match(/,adjust,-0\.04,/g)).toHaveLength(2);
    expect(await engine.reserve()).toHaveLength(1);
  });
});

describe('the price list', () => {
  const listed = (unitPriceNanoUsd: bigint) => {
    const endpointId = DEFAULT_MODEL_ID;
    const prices = [{ endpointId, unitPriceNanoUsd, unit: 'second' }];
    const fal = { ...engine.context.fal, readUnitPrices: async () => ({ kind: 'read', prices }) as const };
    return { ...engine.context, fal };
  };

  it('that drifts from the catalogue is an incident, once for each price, until it agrees again', async () => {
    await reconcile(listed(90_000_000n));
    await reconcile(listed(90_000_000n));
    await reconcile(listed(95_000_000n));
    const drifts = async () => (await incidents()).map(({ kind, key, closed_at }) => [kind, key, closed_at !== null]);
    expect(await drifts()).toEqual([
      ['price_drift', `${DEFAULT_MODEL_ID}:0.09`, false],
      ['price_drift', `${DEFAULT_MODEL_ID}:0.095`, false],
    ]);

    await reconcile(listed(80_000_000n));
    expect((await drifts()).map(([, , closed]) => closed)).toEqual([true, true]);
  });

  it('is what units are charged at, and the disagreement is marked', async () => {
    await reconcile(listed(90_000_000n));
    const { attemptIds } = await runBatch(1);

    expect((await entriesOf(attemptIds[0] ?? '')).at(-1)).toEqual(['charge', 47_812_500n, 'units']);
    expect(await db().prisma.attempt.findFirstOrThrow()).toMatchObject({
      units_disagree: true,
      unit_price_nano_usd: 90_000_000n,
    });
    await run();
    expect(await bills()).toMatchObject([{ billed_nano_usd: paid(), reason: 'lower_price' }]);
    expect(await spent()).toBe(paid());
  });
});

it('a bill that cannot be read changes nothing, but what waits for it alone is charged when its window has passed', async () => {
  engine.sim.setFaults({ 'run.fail_422': 1, 'result.no_units': 1 });
  const { attemptIds } = await runBatch(1);
  const [attemptId = ''] = attemptIds;
  expect(await reconcile(blind())).toMatchObject({ read: false });
  expect((await entriesOf(attemptId)).map(([kind]) => kind)).toEqual(['reserve']);
  await age(8);
  await reconcile(blind());
  expect((await entriesOf(attemptId)).at(-1)).toEqual(['charge', 17n * 2_500_000n, 'assumed']);
  expect(await bills()).toMatchObject([{ closed_at: null, billed_nano_usd: null }]);

  await age(1);
  await run();

  expect(await bills()).toMatchObject([{ billed_nano_usd: paid(), reason: null }]);
  expect(await spent()).toBe(paid());
});
