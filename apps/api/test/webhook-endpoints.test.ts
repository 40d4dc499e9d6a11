import {
  createdWebhookEndpointSchema,
  rotatedSecretSchema,
  webhookDeliveryListSchema,
  webhookEndpointListSchema,
  webhookEndpointSchema,
  webhookReplaySchema,
  webhookTestSchema,
} from '@reelay/contract';
import { appendEvent } from '@reelay/db';
import { createDeliverer, numberEvents } from '@reelay/engine';
import { uniqueId } from '@reelay/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Client, expectProblem, type Harness, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;

beforeAll(async () => {
  harness = await startHarness();
});
beforeEach(async () => {
  client = await harness.client();
});
afterAll(() => harness.close());

const ENDPOINTS = '/v1/webhook_endpoints';
const URL = 'https://hooks.example.com/reelay';
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

const add = (body: object = {}, headers = {}) =>
  client.post(ENDPOINTS, createdWebhookEndpointSchema, { status: 201, body: { url: URL, ...body }, headers });
const change = async (id: string, body: object) => {
  const answer = await client.ask(`${ENDPOINTS}/${id}`, { method: 'PATCH', body });
  expect(answer.status, answer.text).toBe(200);
  return webhookEndpointSchema.parse(JSON.parse(answer.text));
};
const deliveries = (id: string, query = '') =>
  client.get(`${ENDPOINTS}/${id}/deliveries${query}`, webhookDeliveryListSchema);
const replay = (id: string, body: object) =>
  client.post(`${ENDPOINTS}/${id}/replay`, webhookReplaySchema, { status: 202, body });

async function tell(type: 'batch.paused' | 'budget.threshold' = 'batch.paused'): Promise<string> {
  const event = { id: uniqueId('event'), projectId: client.projectId, type, subjectId: 'subject', data: {} };
  await appendEvent(harness.context.db.prisma, event);
  await numberEvents(harness.context);
  return event.id;
}

describe('an endpoint', () => {
  it('is refused beyond fifty of a project, also when many come at once; a deleted one makes room', async () => {
    const answers = await Promise.all(
      Array.from({ length: 53 }, () => client.ask(ENDPOINTS, { method: 'POST', body: { url: URL } })),
    );
    const made = answers.filter(({ status }) => status === 201);
    const [refused, ...others] = answers.filter(({ status }) => status === 409);

    expect([made.length, others.length]).toEqual([50, 2]);
    expect(expectProblem(refused as Answer, 'invalid_state').detail).toContain('50 endpoints');
    const { id } = JSON.parse(made[0]?.text ?? '');
    await client.ask(`${ENDPOINTS}/${id}`, { method: 'DELETE' });
    await add();
    expect((await client.ask(ENDPOINTS, { method: 'POST', body: { url: URL } })).status).toBe(409);
  });

  it('is created with a secret that is shown once', async () => {
    const { secret, ...made } = await add({
      description: 'ours',
      event_types: ['batch.paused'],
      progress_interval_s: 30,
    });

    expect(secret).toMatch(SECRET);
    expect(made).toMatchObject({
      kind: 'registered',
      url: URL,
      description: 'ours',
      event_types: ['batch.paused'],
      progress_interval_s: 30,
      enabled: true,
      disabled_reason: null,
      deliveries: { pending: 0, failed: 0 },
    });
    expect(await client.get(`${ENDPOINTS}/${made.id}`, webhookEndpointSchema.strict())).toEqual(made);
    expect((await client.get(ENDPOINTS, webhookEndpointListSchema)).data).toEqual([made]);
  });

  it('is sent everything when its filter says so, or nothing', async () => {
    expect((await add()).event_types).toEqual(['*']);
    expect((await add({ event_types: ['batch.paused', '*'] })).event_types).toEqual(['*']);
  });

  it.each([
    'http://hooks.example.com/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://10.1.2.3/',
    'https://a.internal/',
  ])('is refused at %s', async (url) => {
    const problem = await client.refused(ENDPOINTS, 'validation_failed', { method: 'POST', body: { url } });
    expect(problem.errors).toMatchObject([{ pointer: '/url', code: 'blocked_url' }]);
    const { id } = await add();
    const ask = { method: 'PATCH', body: { url } };
    expect((await client.refused(`${ENDPOINTS}/${id}`, 'validation_failed', ask)).errors[0]?.code).toBe('blocked_url');
  });

  it.each([{ url: 'ftp://x.example.com' }, { event_types: ['job.exploded'] }, { event_types: [] }, { colour: 'red' }])(
    'is refused with %j',
    async (body) => {
      await client.refused(ENDPOINTS, 'validation_failed', { method: 'POST', body: { url: URL, ...body } });
    },
  );

  it('is created once per Idempotency-Key, and the repeat has no secret', async () => {
    const headers = { 'idempotency-key': 'once' };
    const { secret, ...first } = await add({}, headers);
    const { secret: again, ...second } = await add({}, headers);

    expect(second).toEqual(first);
    expect(secret).toMatch(SECRET);
    expect(again).toBeNull();
    expect((await client.get(ENDPOINTS, webhookEndpointListSchema)).data).toHaveLength(1);
  });

  it('is changed, disabled and enabled', async () => {
    const { id } = await add();

    expect(await change(id, { url: `${URL}/2`, event_types: ['budget.threshold'], description: 'two' })).toMatchObject({
      url: `${URL}/2`,
      event_types: ['budget.threshold'],
      description: 'two',
    });
    expect(await change(id, { enabled: false })).toMatchObject({ enabled: false, disabled_reason: 'by_owner' });
    await tell('budget.threshold');
    expect(await change(id, { enabled: true })).toMatchObject({
      enabled: true,
      disabled_reason: null,
      disabled_at: null,
      deliveries: { pending: 1 },
    });
  });

  it('that is deleted is not found, its deliveries are', async () => {
    const { id } = await add();
    const eventId = await tell();
    expect((await client.ask(`${ENDPOINTS}/${id}`, { method: 'DELETE' })).status).toBe(200);
    await tell();

    await client.refused(`${ENDPOINTS}/${id}`, 'not_found');
    await client.refused(`${ENDPOINTS}/${id}`, 'not_found', { method: 'DELETE' });
    await client.refused(`${ENDPOINTS}/${id}/replay`, 'not_found', { method: 'POST', body: { after: 0 } });
    expect((await client.get(ENDPOINTS, webhookEndpointListSchema)).data).toEqual([]);
    expect((await deliveries(id)).data).toMatchObject([
      { event_id: eventId, status: 'skipped', next_attempt_at: null },
    ]);
  });
});

describe('secrets', () => {
  it('are rotated to new ones, each shown once, and stand nowhere in the clear', async () => {
    const { id, secret } = await add();
    const rotate = (path: string, headers = {}) =>
      client.post(`${ENDPOINTS}/${path}`, rotatedSecretSchema, { headers }).then((rotated) => rotated.secret);
    const headers = { 'idempotency-key': 'rotate-once' };
    const secrets = [secret, await rotate(`${id}/rotate_secret`), await rotate('default_secret/rotate')];
    secrets.push(await rotate(`${id}/rotate_secret`, headers), await rotate('default_secret/rotate'));
    expect(await rotate(`${id}/rotate_secret`, headers)).toBeNull();

    for (const one of secrets) expect(one).toMatch(SECRET);
    expect(new Set(secrets).size).toBe(5);
    const { prisma } = harness.context.db;
    const stored = [await prisma.endpoint.findMany(), await prisma.signingSecret.findMany()];
    const shown = [await client.ask(ENDPOINTS), await client.ask(`${ENDPOINTS}/${id}`), await deliveries(id)];
    const kept = await prisma.idempotencyKey.findMany();
    const everywhere = JSON.stringify([stored, shown, kept], (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    for (const one of [...secrets, 'whsec_']) {
      expect(everywhere).not.toContain(one);
      expect(harness.logged()).not.toContain(one);
    }
  });
});

describe('deliveries', () => {
  it('are listed with what was answered, newest event first', async () => {
    const { id } = await add();
    const [first, second, third] = [await tell(), await tell(), await tell()];
    await harness.context.db.pool.query(`UPDATE endpoints SET url = 'https://10.0.0.1/' WHERE id = '${id}'`);
    const deliverer = createDeliverer(harness.context);
    await deliverer.begin();
    await deliverer.settled();

    const all = await deliveries(id);
    expect(all.data.map(({ event_id }) => event_id)).toEqual([third, second, first]);
    expect(all.data[0]).toMatchObject({
      endpoint_id: id,
      event_seq: 3,
      event_type: 'batch.paused',
      status: 'pending',
      attempts: 1,
      log: [{ status: null, error: expect.stringMatching(/^blocked: /), response: null }],
    });
    const page = await deliveries(id, '?limit=2');
    expect(page).toMatchObject({ has_more: true, first_id: '3', last_id: '2' });
    expect((await deliveries(id, '?after=2')).data.map(({ event_id }) => event_id)).toEqual([first]);
    expect((await deliveries(id, '?before=1&limit=1')).data.map(({ event_id }) => event_id)).toEqual([second]);
    expect((await deliveries(id, '?status=failed')).data).toEqual([]);
    await client.refused(`${ENDPOINTS}/${id}/deliveries?after=evt_1`, 'validation_failed');
  });

  it('are made for events from before the endpoint when it asks for them', async () => {
    const [, second] = [await tell(), await tell(), await tell('budget.threshold')];
    const { id } = await add({ event_types: ['batch.paused'] });

    expect(await replay(id, { event_id: second })).toMatchObject({ events: 1, stopped_at: null });
    expect((await deliveries(id)).data).toMatchObject([{ event_id: second, status: 'pending' }]);
    expect(await replay(id, { after: 0 })).toMatchObject({ events: 2 });
    expect(await replay(id, { since: '2020-01-01T00:00:00Z', until: '2021-01-01T00:00:00+01:00' })).toMatchObject({
      events: 0,
    });
    expect(await replay(id, { since: '2020-01-01T00:00:00Z', after: 1 })).toMatchObject({ events: 1 });
    expect((await deliveries(id)).data).toHaveLength(2);
    await client.refused(`${ENDPOINTS}/${id}/replay`, 'validation_failed', {
      method: 'POST',
      body: { until: '2021-01-01T00:00:00Z' },
    });
  });

  it('of a test go to the endpoint that it is of, whatever its filter', async () => {
    const [one, other] = [await add({ event_types: ['batch.paused'] }), await add()];

    const test = await client.post(`${ENDPOINTS}/${one.id}/test`, webhookTestSchema, { status: 202 });
    await numberEvents(harness.context);

    expect((await deliveries(one.id)).data).toMatchObject([{ event_id: test.event_id, event_type: 'endpoint.test' }]);
    expect((await deliveries(other.id)).data).toEqual([]);
  });

  it('to a bare callback_url make an endpoint that is enabled and disabled, and no more', async () => {
    const event = {
      id: uniqueId('event'),
      projectId: client.projectId,
      type: 'batch.paused' as const,
      subjectId: 's',
      data: {},
    };
    await appendEvent(harness.context.db.prisma, { ...event, callbackUrl: URL });
    await numberEvents(harness.context);

    const { data } = await client.get(`${ENDPOINTS}?kind=callback`, webhookEndpointListSchema);
    expect(data).toMatchObject([{ kind: 'callback', url: URL, deliveries: { pending: 1 } }]);
    const id = data[0]?.id ?? '';
    expect(await change(id, { enabled: false })).toMatchObject({ enabled: false });
    await client.refused(`${ENDPOINTS}/${id}`, 'invalid_state', { method: 'PATCH', body: { url: URL } });
    await client.refused(`${ENDPOINTS}/${id}`, 'invalid_state', { method: 'DELETE' });
    await client.refused(`${ENDPOINTS}/${id}/rotate_secret`, 'not_found', { method: 'POST' });
    expect((await client.get(ENDPOINTS, webhookEndpointListSchema)).data).toEqual([]);
  });
});
