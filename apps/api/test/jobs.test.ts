import { attemptListSchema, jobListSchema, jobSchema } from '@reelay/contract';
import { setInFlightMax } from '@reelay/db';
import { dispatch } from '@reelay/engine';
import { makeBatch } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Harness, INPUT, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const newClient = async () => {
  client = await harness.client();
};
beforeAll(newClient);

const submit = (fields: object = {}) =>
  client.post('/v1/jobs', jobSchema, { body: { input: INPUT, ...fields }, status: 202 });

describe('POST /v1/jobs', () => {
  it('stores a priced job and answers before any queue is touched', async () => {
    const job = await submit({ custom_id: 'clip-1', priority: 5, max_cost: '1', metadata: { shot: '7' } });

    expect(job).toMatchObject({
      object: 'job',
      status: 'queued',
      custom_id: 'clip-1',
      priority: 5,
      max_cost: '1',
      batch_id: null,
      line: null,
      run: 1,
      attempts: 0,
      metadata: { shot: '7' },
      cost: { estimated: '0.2025', reserved: '0', charged: null, billed: null },
    });
    expect(job.input).toMatchObject({ ...INPUT, guidance_scale: 3.5 });
    expect(harness.context.tasks.take('submit')).toEqual([]);
    expect(await client.get(`/v1/jobs/${job.id}`, jobSchema)).toEqual(job);
  });

  it.each([
    ['an unknown field', { input: INPUT, colour: 'red' }, '/colour', 'unknown_field'],
    ['an unknown field of the input', { input: { ...INPUT, colour: 'red' } }, '/input/colour', expect.any(String)],
    ['a value out of range', { input: { ...INPUT, num_frames: 9 } }, '/input/num_frames', expect.any(String)],
    ['a float for money', { input: INPUT, max_cost: 0.5 }, '/max_cost', 'invalid_type'],
    ['a negative amount', { input: INPUT, max_cost: '-1' }, '/max_cost', 'custom'],
    ['a price above max_cost', { input: INPUT, max_cost: '0.2' }, expect.any(String), expect.any(String)],
    ['an unknown model', { model: 'fal-ai/none', input: INPUT }, '/model', 'unknown_model'],
    ['a NUL character', { input: { ...INPUT, prompt: 'a\0b' } }, '/input/prompt', 'invalid_text'],
    [
      'a callback to a private address',
      { input: INPUT, callback_url: 'https://10.1/' },
      '/callback_url',
      'blocked_url',
    ],
    ['a callback that is no URL', { input: INPUT, callback_url: 'ftp://x' }, '/callback_url', 'invalid_format'],
  ])('refuses %s and says where', async (_, body, pointer, code) => {
    const { errors, status } = await client.refused('/v1/jobs', 'validation_failed', { method: 'POST', body });

    expect(status).toBe(422);
    expect(errors).toContainEqual(expect.objectContaining({ pointer, code }));
  });
});

describe('GET /v1/jobs', () => {
  it('pages newest first in both directions, without gaps or repetitions', async () => {
    await newClient();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await submit()).id);

    const first = await client.get('/v1/jobs?limit=2', jobListSchema);
    const second = await client.get(`/v1/jobs?limit=2&after=${first.last_id}`, jobListSchema);
    const third = await client.get(`/v1/jobs?limit=2&after=${second.last_id}`, jobListSchema);
    const back = await client.get(`/v1/jobs?limit=2&before=${third.first_id}`, jobListSchema);

    expect([first, second, third].flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids);
    expect([first, second, third].map(({ has_more }) => has_more)).toEqual([true, true, false]);
    expect(back.data).toEqual(second.data);
    expect(back.has_more).toBe(true);
  });

  it('filters by what it is asked for', async () => {
    await newClient();
    const job = await submit({ custom_id: 'one' });
    await submit({ custom_id: 'two' });
    await client.post(`/v1/jobs/${job.id}/cancel`, jobSchema);
    const idsOf = async (query: string) =>
      (await client.get(`/v1/jobs?${query}`, jobListSchema)).data.map(({ custom_id }) => custom_id);

    expect(await idsOf('custom_id=one')).toEqual(['one']);
    expect(await idsOf('status=cancelled')).toEqual(['one']);
    expect(await idsOf('status=queued&status=cancelled')).toEqual(['two', 'one']);
    expect(await idsOf('error_code=model_error')).toEqual([]);
    expect(await idsOf('batch_id=batch_none')).toEqual([]);
    expect(await idsOf(`created_after=${encodeURIComponent(job.created_at)}&status=queued`)).toEqual(['two']);
    expect(await idsOf('created_before=2020-01-01T00:00:00Z')).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'status=done',
    'colour=red',
    'created_after=yesterday',
    'custom_id=%00',
    'limit=1&limit=2',
  ])('refuses ?%s', async (query) => {
    await client.refused(`/v1/jobs?${query}`, 'validation_failed');
  });

  it('answers an empty list in the same shape', async () => {
    await newClient();

    expect(await client.get('/v1/jobs', jobListSchema)).toEqual({
      object: 'list',
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
  });
});

describe('steering a job', () => {
  it('cancels a queued job, with and without a body', async () => {
    const one = await submit();
    const two = await submit();

    expect(await client.post(`/v1/jobs/${one.id}/cancel`, jobSchema)).toMatchObject({ status: 'cancelled' });
    expect(await client.post(`/v1/jobs/${two.id}/cancel`, jobSchema, { body: {} })).toMatchObject({
      status: 'cancelled',
    });
  });

  it('opens a cancelled job again with a changed input and its new price', async () => {
    const job = await submit();
    await client.post(`/v1/jobs/${job.id}/cancel`, jobSchema);

    const reopened = await client.post(`/v1/jobs/${job.id}/retry`, jobSchema, {
      body: { input: { resolution: '720p' } },
    });

    expect(reopened).toMatchObject({ status: 'queued', run: 2, cost: { estimated: '0.405' } });
    expect(reopened.input).toMatchObject({ prompt: INPUT.prompt, resolution: '720p' });
  });

  it('refuses to retry what is queued, and a change that the model does not know', async () => {
    const job = await submit();

    await client.refused(`/v1/jobs/${job.id}/retry`, 'invalid_state', { method: 'POST' });
    await client.post(`/v1/jobs/${job.id}/cancel`, jobSchema);
    const body = { input: { colour: 'red' } };
    await client.refused(`/v1/jobs/${job.id}/retry`, 'validation_failed', { method: 'POST', body });
  });
});

describe('GET /v1/jobs/{id}/attempts', () => {
  it('shows what an attempt holds, and the job shows the same', async () => {
    await newClient();
    await setInFlightMax(harness.context.db, 100);
    const { jobIds } = await makeBatch(harness.context.db, { jobs: 1, projectId: client.projectId });
    await dispatch(harness.context);

    const attempts = await client.get(`/v1/jobs/${jobIds[0]}/attempts`, attemptListSchema);
    const job = await client.get(`/v1/jobs/${jobIds[0]}`, jobSchema);

    expect(attempts.data).toMatchObject([{ n: 1, state: 'reserved', cost: { reserved: '0.08', charged: null } }]);
    expect(job).toMatchObject({ status: 'active', cost: { estimated: '0.08', reserved: '0.08', charged: null } });
  });
});
