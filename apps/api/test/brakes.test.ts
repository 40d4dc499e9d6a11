import { batchSchema } from '@reelay/contract';
import { importRows } from '@reelay/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, type Harness, INPUT, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
beforeEach(async () => {
  client = await harness.client();
});

const rows = Array.from({ length: 4 }, () => ({ input: INPUT }));
const create = (fields: object) => client.post('/v1/batches', batchSchema, { body: { rows, ...fields }, status: 202 });
const patch = (id: string, body: object) => client.post(`/v1/batches/${id}`, batchSchema, { method: 'PATCH', body });
const OFF = { max_waste: null, wasted: null, pause_if: null, error_rate: null, stopped_by: null };

describe('a batch', () => {
  it('has neither pilot nor brakes unless it asks for them', async () => {
    expect(await create({})).toMatchObject({ pilot: null, brakes: OFF, confirm_above: null });
  });

  it('takes both inline, with their defaults', async () => {
    const batch = await create({ pilot: { rows: 2 }, max_waste: '5', pause_if: { error_rate: 0.5 } });

    expect(batch.pilot).toMatchObject({
      rows: 2,
      strategy: 'first',
      state: 'running',
      done: 0,
      cost: { per_row: null },
    });
    expect(batch.brakes).toMatchObject({ max_waste: '5', wasted: '0', pause_if: { error_rate: 0.5, window: 20 } });
  });

  it('takes both with a file, and its pilot is formed when the rows are read', async () => {
    const query = 'pilot[rows]=1&pilot[strategy]=spread&max_waste=0.5&pause_if[error_rate]=1&pause_if[window]=7';
    const raw = 'video_url,prompt\nhttps://a.example/1.mp4,one\nhttps://a.example/2.mp4,two\n';
    const ask = { raw, headers: { 'content-type': 'text/csv' }, status: 202 };
    const { id } = await client.post(`/v1/imports?${query}`, batchSchema, ask);
    for (const uploadId of harness.context.tasks.take('import')) await importRows(harness.context, uploadId);
    const batch = await client.get(`/v1/batches/${id}`, batchSchema);

    expect(batch).toMatchObject({ status: 'in_progress', pilot: { rows: 1, strategy: 'spread', state: 'running' } });
    expect(batch.brakes).toMatchObject({ max_waste: '0.5', pause_if: { error_rate: 1, window: 7 } });
    const lanes = await harness.context.db.prisma.job.groupBy({
      by: ['lane_id'],
      where: { batch_id: id },
      _count: true,
    });
    expect(lanes.map(({ _count }) => _count)).toEqual([1, 1]);
  });

  it.each([
    [{ pilot: { rows: 0 } }, '/pilot/rows'],
    [{ pilot: { rows: 2, strategy: 'last' } }, '/pilot/strategy'],
    [{ pause_if: { error_rate: 0 } }, '/pause_if/error_rate'],
    [{ pause_if: { error_rate: 1.5 } }, '/pause_if/error_rate'],
    [{ pause_if: { error_rate: 0.5, window: 0 } }, '/pause_if/window'],
    [{ max_waste: 5 }, '/max_waste'],
  ])('refuses %j', async (fields, pointer) => {
    const { errors } = await client.refused('/v1/batches', 'validation_failed', {
      method: 'POST',
      body: { rows, ...fields },
    });

    expect(errors).toMatchObject([{ pointer }]);
  });
});

describe('PATCH of a batch', () => {
  it('gives it brakes, changes them and takes them away', async () => {
    const { id } = await create({});

    expect((await patch(id, { max_waste: '2', pause_if: { error_rate: 0.25, window: 8 } })).brakes).toMatchObject({
      max_waste: '2',
      pause_if: { error_rate: 0.25, window: 8 },
    });
    expect((await patch(id, { max_waste: null })).brakes).toMatchObject({ max_waste: null, pause_if: { window: 8 } });
    expect((await patch(id, { pause_if: null })).brakes).toEqual(OFF);
  });
});

describe('resuming', () => {
  const resume = (id: string) => client.post(`/v1/batches/${id}/resume`, batchSchema);

  it('releases a pilot, but first only takes back one’s own pause', async () => {
    const { id } = await create({ pilot: { rows: 2 } });
    await client.post(`/v1/batches/${id}/pause`, batchSchema);

    expect(await resume(id)).toMatchObject({ status: 'in_progress', pilot: { state: 'running' } });
    expect(await resume(id)).toMatchObject({ status: 'in_progress', pilot: { state: 'released' } });
  });

  it('releases no pilot of a batch that has not begun', async () => {
    const { id } = await create({ pilot: { rows: 2 }, start: 'confirm' });

    expect(await resume(id)).toMatchObject({ status: 'awaiting_confirmation', pilot: { state: 'running' } });
  });
});
