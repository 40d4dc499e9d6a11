import {
  batchListSchema,
  batchSchema,
  jobListSchema,
  jobSchema,
  ledgerListSchema,
  rejectedRowListSchema,
  retriedBatchSchema,
} from '@reelay/contract';
import { setEmbargo, setInFlightMax } from '@reelay/db';
import { dispatch, submitAttempt } from '@reelay/engine';
import { makeBatch } from '@reelay/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, type Harness, INPUT, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;

beforeAll(async () => {
  harness = await startHarness();
  // Jobs of other tests hold slots too.
  await setInFlightMax(harness.context.db, 10_000);
});
afterAll(() => harness.close());
beforeEach(async () => {
  client = await harness.client();
});

const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => ({ custom_id: `r${i + 1}`, input: INPUT }));
const create = (fields: object = {}) =>
  client.post('/v1/batches', batchSchema, { body: { rows: rowsOf(3), ...fields }, status: 202 });
const get = (id: string) => client.get(`/v1/batches/${id}`, batchSchema);
const steer = (id: string, verb: string, body?: object) =>
  client.post(`/v1/batches/${id}/${verb}`, batchSchema, body === undefined ? {} : { body });

function sumOf({ request_counts: { total: _, ...counts } }: { request_counts: Record<string, number> }): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

describe('POST /v1/batches', () => {
  it('stores priced rows with their defaults', async () => {
    const batch = await create({
      name: 'spring',
      defaults: { resolution: '720p' },
      rows: [{ custom_id: 'a', input: { ...INPUT, resolution: undefined } }, { input: INPUT }],
      cap: '5.5',
      metadata: { team: 'x' },
    });

    expect(batch).toMatchObject({
      name: 'spring',
      status: 'in_progress',
      pause_reason: null,
      pauses: [],
      request_counts: { total: 2, queued: 2, rejected: 0 },
      cost: { currency: 'USD', estimated: '0.6075', reserved: '0', charged: '0', billed: null, cap: '5.5' },
      metadata: { team: 'x' },
      errors: [],
    });
    const jobs = await client.get(`/v1/batches/${batch.id}/jobs`, jobListSchema);
    expect(jobs.data.map(({ custom_id, input }) => [custom_id, input.resolution])).toEqual([
      ['a', '720p'],
      [null, '480p'],
    ]);
  });

  it('keeps the good rows in best effort, and says what is wrong with the others', async () => {
    const rows = [
      ...rowsOf(2),
      { custom_id: 'r1', input: INPUT },
      { input: { ...INPUT, num_frames: 9 } },
      { colour: 1 },
    ];
    const batch = await create({ rows });

    expect(batch.request_counts).toMatchObject({ total: 5, rejected: 3, queued: 2 });
    expect(batch.errors.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(batch.errors[1]).toMatchObject({ column: 'num_frames', value: '9' });
    const page = await client.get(`/v1/batches/${batch.id}/errors?limit=2`, rejectedRowListSchema);
    const rest = await client.get(`/v1/batches/${batch.id}/errors?after=${page.last_id}`, rejectedRowListSchema);
    expect([...page.data, ...rest.data]).toEqual(batch.errors);
    expect([page.has_more, rest.has_more]).toEqual([true, false]);
  });

  it('refuses a strict batch as a whole, with pointers to its rows', async () => {
    const body = { mode: 'strict', rows: [...rowsOf(1), { input: { ...INPUT, num_frames: 9 } }] };

    const { errors } = await client.refused('/v1/batches', 'validation_failed', { method: 'POST', body });

    expect(errors).toContainEqual(expect.objectContaining({ pointer: '/rows/1/input/num_frames' }));
    expect((await client.get('/v1/batches', batchListSchema)).data).toEqual([]);
  });

  it.each([
    ['no rows', { rows: [] }, '/rows'],
    ['an unknown field', { rows: rowsOf(1), colour: 'red' }, '/colour'],
    ['an unknown default', { rows: rowsOf(1), defaults: { colour: 'red' } }, '/defaults/colour'],
    ['a cap that is a number', { rows: rowsOf(1), cap: 5 }, '/cap'],
    [
      'too much metadata',
      { rows: rowsOf(1), metadata: Object.fromEntries(rowsOf(17).map((_, i) => [i, ''])) },
      '/metadata',
    ],
  ])('refuses %s', async (_, body, pointer) => {
    const { errors } = await client.refused('/v1/batches', 'validation_failed', { method: 'POST', body });

    expect(errors.map((error) => error.pointer)).toContain(pointer);
  });

  it('takes bodies up to 16 MiB, and not more', async () => {
    const rows = rowsOf(3_000).map((row) => ({ ...row, input: { ...INPUT, prompt: 'x'.repeat(4_000) } }));
    const tooMany = [...rows, ...rows.map((row) => ({ ...row, custom_id: undefined }))];

    expect((await create({ rows })).request_counts.queued).toBe(3_000);
    await client.refused('/v1/batches', 'too_large', { method: 'POST', body: { rows: tooMany } });
  });
});

describe('steering a batch', () => {
  it('pauses and resumes', async () => {
    const { id } = await create();

    expect(await steer(id, 'pause')).toMatchObject({ status: 'paused', pause_reason: 'user', pauses: ['user'] });
    expect(await steer(id, 'pause')).toMatchObject({ status: 'paused', pauses: ['user'] });
    expect(await steer(id, 'resume')).toMatchObject({ status: 'in_progress', pause_reason: null, pauses: [] });
  });

  it('waits for confirmation, once', async () => {
    const { id, status, awaiting_confirmation_at, cost } = await create({ start: 'confirm' });

    expect([status, cost.estimated]).toEqual(['awaiting_confirmation', '0.6075']);
    expect(awaiting_confirmation_at).not.toBeNull();
    expect(await steer(id, 'confirm')).toMatchObject({ status: 'in_progress' });
    await client.refused(`/v1/batches/${id}/confirm`, 'invalid_state', { method: 'POST' });
  });

  it('cancels what is queued, and refuses to go on after that', async () => {
    const { id } = await create();

    expect(await steer(id, 'cancel', { mode: 'abort' })).toMatchObject({
      status: 'cancelled',
      request_counts: { cancelled: 3, queued: 0 },
    });
    const { status } = await client.refused(`/v1/batches/${id}/resume`, 'invalid_state', { method: 'POST' });
    expect(status).toBe(409);
    await client.refused(`/v1/batches/${id}/cancel`, 'validation_failed', { method: 'POST', body: { mode: 'kill' } });
  });

  it('retries by status, after a dry run that changes nothing', async () => {
    const { id } = await create();
    await steer(id, 'cancel');
    const retry = (body: object) => client.post(`/v1/batches/${id}/retry`, retriedBatchSchema, { body });

    const counted = await retry({ status: ['cancelled'], dry_run: true });
    const retried = await retry({ status: ['cancelled'], input: { resolution: '720p' } });

    expect(counted).toMatchObject({ retried: 3, retry_estimate: '0.6075', status: 'cancelled' });
    expect(retried).toMatchObject({ retried: 3, skipped_unknown: 0, retry_estimate: '1.215', status: 'in_progress' });
    expect(retried.request_counts.queued).toBe(3);
  });

  it('changes cap, name and metadata, and takes the cap away', async () => {
    const { id } = await create({ cap: '1' });
    const patch = async (body: object) =>
      batchSchema.parse(JSON.parse((await client.ask(`/v1/batches/${id}`, { method: 'PATCH', body })).text));

    expect(await patch({ cap: '2.5', name: 'n', metadata: { a: 'b' } })).toMatchObject({
      name: 'n',
      metadata: { a: 'b' },
      cost: { cap: '2.5' },
    });
    expect((await patch({ cap: null })).cost.cap).toBeNull();
    await client.refused(`/v1/batches/${id}`, 'validation_failed', { method: 'PATCH', body: {} });
    await client.refused(`/v1/batches/${id}`, 'validation_failed', { method: 'PATCH', body: { colour: 1 } });
  });
});

describe('GET /v1/batches', () => {
  it('pages newest first', async () => {
    const ids = [(await create()).id, (await create()).id, (await create()).id].reverse();

    const first = await client.get('/v1/batches?limit=2', batchListSchema);
    const second = await client.get(`/v1/batches?limit=2&after=${first.last_id}`, batchListSchema);

    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids);
    expect([first.has_more, second.has_more]).toEqual([true, false]);
  });
});

describe('GET /v1/batches/{id}/jobs', () => {
  it('pages in row order in both directions and refuses a strange cursor', async () => {
    const { id } = await create({ rows: rowsOf(5) });
    const path = `/v1/batches/${id}/jobs`;
    const namesOf = (list: { data: { custom_id: string | null }[] }) => list.data.map(({ custom_id }) => custom_id);

    const first = await client.get(`${path}?limit=2`, jobListSchema);
    const second = await client.get(`${path}?limit=2&after=${first.last_id}`, jobListSchema);
    const back = await client.get(`${path}?limit=9&before=${second.first_id}`, jobListSchema);
    const { errors } = await client.refused(`${path}?after=job_none`, 'validation_failed');

    expect([...namesOf(first), ...namesOf(second)]).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(namesOf(back)).toEqual(['r1', 'r2']);
    expect(back.has_more).toBe(false);
    expect(errors).toMatchObject([{ pointer: '/after', code: 'unknown_cursor' }]);
  });
});

async function endEmbargo(): Promise<void> {
  await harness.context.db.prisma.providerAccount.updateMany({
    data: { embargo_until: null, embargo_reason: null, refusals_in_row: 0 },
  });
}

describe('money', () => {
  it('shows the same reservation on the batch, its jobs and the ledger', async () => {
    const { batchId } = await makeBatch(harness.context.db, { jobs: 3, projectId: client.projectId, capUsd: '0.2' });
    await dispatch(harness.context);

    const batch = await get(batchId);
    const ledger = await client.get(`/v1/ledger?batch_id=${batchId}`, ledgerListSchema);

    expect(batch.cost).toMatchObject({ estimated: '0.24', reserved: '0.16', charged: '0', cap: '0.2' });
    expect(batch).toMatchObject({ status: 'paused', pause_reason: 'budget', request_counts: { active: 2, queued: 1 } });
    expect(ledger.data.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['reserve', '0.08'],
      ['reserve', '0.08'],
    ]);
    expect(sumOf(batch)).toBe(batch.request_counts.total);
  });

  it('counts what dispatch has not folded yet exactly once', async () => {
    const { batchId } = await makeBatch(harness.context.db, { jobs: 1, projectId: client.projectId });
    await dispatch(harness.context);
    const attempt = await harness.context.db.prisma.attempt.findFirstOrThrow({ where: { batch_id: batchId } });
    await submitAttempt(harness.context, attempt.id);

    const before = await get(batchId);
    await client.post(`/v1/batches/${batchId}/pause`, batchSchema);
    await dispatch(harness.context);
    const after = await get(batchId);

    expect(before.cost.reserved).toBe('0');
    expect(after.cost).toEqual(before.cost);
  });

  it('pages through the ledger and refuses a strange cursor', async () => {
    await endEmbargo();
    const { jobIds } = await makeBatch(harness.context.db, { jobs: 3, projectId: client.projectId });
    await dispatch(harness.context);

    const first = await client.get('/v1/ledger?limit=2', ledgerListSchema);
    const second = await client.get(`/v1/ledger?limit=2&after=${first.last_id}`, ledgerListSchema);
    const ofJob = await client.get(`/v1/ledger?job_id=${jobIds[0]}`, ledgerListSchema);

    expect([...first.data, ...second.data]).toHaveLength(3);
    expect(ofJob.data).toHaveLength(1);
    await client.refused('/v1/ledger?after=abc', 'validation_failed');
  });
});

describe("the provider's pauses", () => {
  it('show on every batch in progress, and only there', async () => {
    const running = await create();
    const waiting = await create({ start: 'confirm' });
    const embargo = { durationMs: 60_000, pauseReason: 'provider_balance' as const };
    await harness.context.db.prisma.$transaction((tx) => setEmbargo(tx, embargo as never));

    expect(await get(running.id)).toMatchObject({ status: 'paused', pause_reason: 'provider_balance' });
    expect(await get(waiting.id)).toMatchObject({ status: 'awaiting_confirmation', pauses: [] });
    expect(await steer(running.id, 'pause')).toMatchObject({
      pause_reason: 'user',
      pauses: ['user', 'provider_balance'],
    });
  });
});

describe('a job of a batch', () => {
  it('knows its row', async () => {
    const { id } = await create();
    const { data } = await client.get(`/v1/batches/${id}/jobs?custom_id=r2`, jobListSchema);

    expect(data).toMatchObject([{ batch_id: id, line: 2, custom_id: 'r2' }]);
    expect(await client.get(`/v1/jobs/${data[0]?.id}`, jobSchema)).toEqual(data[0]);
  });
});
