import { eventListSchema } from '@reelay/contract';
import type { EventType } from '@reelay/core';
import { appendEvent } from '@reelay/db';
import { numberEvents } from '@reelay/engine';
import { uniqueId } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Harness, startHarness } from './harness.ts';

let harness: Harness;
let owner: Client;
let stranger: Client;

beforeAll(async () => {
  harness = await startHarness();
  owner = await harness.client();
  stranger = await harness.client();
  for (const type of ['batch.paused', 'budget.threshold', 'batch.paused', 'batch.paused', 'budget.threshold'] as const)
    await tell(type);
  await numberEvents(harness.context);
  await tell('budget.exhausted');
});
afterAll(() => harness.close());

function tell(type: EventType): Promise<void> {
  const data = { z: 1, a: 'é "quoted" \u2028', limit: '0.10', none: null };
  const event = { id: uniqueId('event'), projectId: owner.projectId, type, subjectId: 'subject', data };
  return appendEvent(harness.context.db.prisma, event);
}

const list = (query = '') => owner.get(`/v1/events${query}`, eventListSchema);
const numbers = async (query: string) => (await list(query)).data.map(({ seq }) => seq);

describe('GET /v1/events', () => {
  it('lists what has its number, oldest first, without gaps', async () => {
    const { data, ...page } = await list();

    expect(data.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(page).toEqual({ object: 'list', has_more: false, first_id: '1', last_id: '5', oldest_seq: 1 });
  });

  it('goes on after a number, and back before one', async () => {
    expect(await list('?after=2&limit=2')).toMatchObject({
      has_more: true,
      last_id: '4',
      data: [{ seq: 3 }, { seq: 4 }],
    });
    expect(await numbers('?after=0&limit=1')).toEqual([1]);
    expect(await numbers('?before=3')).toEqual([1, 2]);
    expect(await list('?after=5')).toEqual({
      object: 'list',
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
      oldest_seq: 1,
    });
  });

  it('lists one type with the numbers that they have among all', async () => {
    expect(await numbers('?type=budget.threshold')).toEqual([2, 5]);
    expect(await numbers('?type=budget.threshold&after=2')).toEqual([5]);
    expect(await numbers('?type=budget.exhausted')).toEqual([]);
  });

  it('gives each payload in the bytes that are stored', async () => {
    const { body } = await harness.context.db.prisma.event.findFirstOrThrow({
      where: { type: 'budget.threshold' },
      orderBy: { id: 'asc' },
    });

    const { text, headers } = await owner.ask('/v1/events?after=1&limit=1');

    expect(text).toBe(
      `{"object":"list","data":[{"object":"event","seq":2,"payload":${body}}],"has_more":true,"first_id":"2","last_id":"2","oldest_seq":1}`,
    );
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('shows nothing of another project', async () => {
    expect((await stranger.get('/v1/events', eventListSchema)).data).toEqual([]);
  });

  it('refuses a number that is none and a type that does not exist', async () => {
    await owner.refused('/v1/events?after=evt_1', 'validation_failed');
    await owner.refused('/v1/events?type=batch.none', 'validation_failed');
  });
});
