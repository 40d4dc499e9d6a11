import { DELIVERY_WAITS_MS, type EventType } from '@reelay/core';
import { changeEndpoint, replayEndpoint, rotateSecret } from '@reelay/engine';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { type Received, useDeliveries } from './use-deliveries.ts';

const rig = useDeliveries();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ids = (received: readonly Received[]) => received.map(({ headers }) => headers['webhook-id'] ?? '');
const target = (endpointId: string) => ({ projectId: rig.projectId, endpointId });
const endpointRow = (id: string) => rig.context.db.prisma.endpoint.findUniqueOrThrow({ where: { id } });

async function statesOf(endpointId: string): Promise<string[]> {
  const rows = await rig.context.db.prisma.delivery.findMany({
    where: { endpoint_id: endpointId },
    orderBy: { event_seq: 'asc' },
  });
  return rows.map(({ state }) => state);
}

/** Events of the log that are about the endpoint. */
async function told(endpointId: string) {
  const rows = await rig.context.db.prisma.event.findMany({
    where: { subject_id: endpointId },
    orderBy: { seq: 'asc' },
  });
  return rows.map(({ type, body }) => [type, JSON.parse(body).data.percent ?? JSON.parse(body).data.reason ?? null]);
}

describe('an endpoint that is down for six days', () => {
  it('is disabled after five of them, told of on the way, and gets every event once it is enabled and recovered', async () => {
    const [down, witness] = [await rig.sink(), await rig.sink()];
    down.answer = 500;
    const { id, secret } = await rig.endpoint(down.url);
    await rig.endpoint(witness.url, { eventTypes: ['endpoint.failing', 'endpoint.disabled', 'endpoint.recovered'] });
    const events: string[] = [];
    for (let hour = 0; hour < 6 * 24; hour += 2) {
      if (hour % 12 === 0) events.push(await rig.tell(`hour ${hour}`));
      await rig.deliver();
      await rig.pass(2 * HOUR);
    }
    expect(await endpointRow(id)).toMatchObject({ state: 'disabled', disabled_reason: 'failing' });
    expect(await told(id)).toEqual([
      ['endpoint.failing', 50],
      ['endpoint.failing', 70],
      ['endpoint.failing', 90],
      ['endpoint.disabled', 'failing'],
    ]);
    const triedSoFar = down.received.length;
    expect(await statesOf(id)).toContain('failed');
    expect(await statesOf(id)).toContain('pending');

    down.answer = 200;
    await rig.deliver();
    expect(down.received).toHaveLength(triedSoFar);
    await changeEndpoint(rig.context, { ...target(id), enabled: true });
    await replayEndpoint(rig.context, { ...target(id), range: { afterSeq: 0n }, missedOnly: true });
    await rig.deliver();
    await rig.deliver();

    const arrived = down.received.slice(triedSoFar);
    expect(ids(arrived).sort()).toEqual([...events].sort());
    expect(new Set(ids(down.received))).toEqual(new Set(events));
    for (const got of down.received) new Webhook(secret).verify(got.body, got.headers);
    expect(await told(id)).toContainEqual(['endpoint.recovered', null]);
    const heard = witness.received.map(({ body }) => JSON.parse(body).type);
    expect(heard.sort()).toEqual([
      'endpoint.disabled',
      'endpoint.failing',
      'endpoint.failing',
      'endpoint.failing',
      'endpoint.recovered',
    ]);
    const log = await rig.context.db.prisma.event.findMany({ orderBy: { seq: 'asc' } });
    expect(log.map(({ seq }) => Number(seq))).toEqual(log.map((_, n) => n + 1));

    // Each try under one id carried the bytes and the number of the log; what is missing in between is about the endpoint.
    const ofLog = new Map(log.map(({ id: eventId, seq, body }) => [eventId, [String(seq), body]]));
    for (const got of down.received) {
      expect([got.headers['reelay-event-seq'], got.body]).toEqual(ofLog.get(got.headers['webhook-id'] ?? ''));
    }
    expect(down.received.length).toBeGreaterThan(events.length);
    const seqs = [...new Set(down.received.map(({ headers }) => Number(headers['reelay-event-seq'])))];
    const elsewhere = log.filter(({ subject_id }) => subject_id === id).map(({ seq }) => Number(seq));
    expect([...seqs, ...elsewhere].sort((a, b) => a - b)).toEqual(log.map((_, n) => n + 1));
  });
});

describe('an endpoint that fails', () => {
  it('has one probe at a time with a pause after each, until one succeeds', async () => {
    const sink = await rig.sink();
    sink.answer = 500;
    const { id } = await rig.endpoint(sink.url);
    for (let n = 0; n < 12; n++) await rig.tell(`n${n}`);
    await rig.deliver();
    const before = sink.received.length;
    expect(before).toBe(8);
    expect((await endpointRow(id)).failures_in_row).toBe(8);

    await rig.pass(5 * MINUTE);
    await rig.deliver();
    expect(sink.received).toHaveLength(before + 1);
    await rig.deliver();
    expect(sink.received).toHaveLength(before + 1);

    sink.answer = 200;
    await rig.pass(5 * MINUTE);
    await rig.deliver();
    expect(new Set(await statesOf(id))).toEqual(new Set(['delivered']));
    expect(await endpointRow(id)).toMatchObject({ failures_in_row: 0, failing_since: null });
    expect(await told(id)).toEqual([]);
  });

  it('leaves a delivery as failed when its schedule is over, until it is replayed', async () => {
    const sink = await rig.sink();
    sink.answer = 500;
    const { id } = await rig.endpoint(sink.url);
    const eventId = await rig.tell();
    for (const waitMs of DELIVERY_WAITS_MS) {
      await rig.pass(waitMs + 1_000);
      await rig.deliver();
    }
    expect(await statesOf(id)).toEqual(['failed']);
    expect(sink.received).toHaveLength(10);
    await rig.pass(DAY);
    await rig.deliver();
    expect(sink.received).toHaveLength(10);

    sink.answer = 200;
    const range = { eventId };
    expect(await replayEndpoint(rig.context, { ...target(id), range, missedOnly: true })).toMatchObject({ events: 1 });
    await rig.deliver();
    expect(await statesOf(id)).toEqual(['delivered']);
    expect(ids(sink.received)).toEqual(Array.from({ length: 11 }, () => eventId));
  });

  it('begins its five days anew with every success', async () => {
    const sink = await rig.sink();
    const { id } = await rig.endpoint(sink.url);
    for (let day = 0; day < 12; day++) {
      sink.answer = day % 4 === 3 ? 200 : 500;
      await rig.tell(`day ${day}`);
      await rig.deliver();
      await rig.pass(DAY);
    }

    expect(await endpointRow(id)).toMatchObject({ state: 'enabled' });
    expect((await told(id)).map(([type]) => type)).not.toContain('endpoint.disabled');
  });
});

describe('a replay', () => {
  it('sends what was delivered again under its id, unless only what was missed is asked for', async () => {
    const sink = await rig.sink();
    const { id } = await rig.endpoint(sink.url);
    const events = [await rig.tell('a'), await rig.tell('b'), await rig.tell('c')];
    await rig.deliver();
    const range = { afterSeq: 1n };

    expect(await replayEndpoint(rig.context, { ...target(id), range, missedOnly: true })).toMatchObject({ events: 0 });
    expect(await replayEndpoint(rig.context, { ...target(id), range, missedOnly: false })).toMatchObject({ events: 2 });
    await rig.deliver();

    expect(ids(sink.received).sort()).toEqual([...events, ...events.slice(1)].sort());
    expect(await statesOf(id)).toEqual(['delivered', 'delivered', 'delivered']);
  });

  it('of more than a call takes says where it stopped', async () => {
    const sink = await rig.sink();
    for (const about of ['a', 'b', 'c']) await rig.tell(about);
    const { id } = await rig.endpoint(sink.url);
    const replay = (afterSeq: bigint) =>
      replayEndpoint(rig.context, { ...target(id), range: { afterSeq }, missedOnly: false }, 2);

    expect(await replay(0n)).toMatchObject({ events: 2, stopped_at: 2 });
    expect(await replay(2n)).toMatchObject({ events: 1, stopped_at: null });
    await rig.deliver();
    expect(sink.received).toHaveLength(3);
  });
});

describe('after a rotation', () => {
  it('both secrets sign for a day, then the new one alone', async () => {
    const sink = await rig.sink();
    const { id, secret: old } = await rig.endpoint(sink.url);
    const fresh = (await rotateSecret(rig.context, target(id))) ?? '';
    const verify = (secret: string, got: Received | undefined) =>
      new Webhook(secret).verify(got?.body ?? '', got?.headers ?? {});

    await rig.tell('a');
    await rig.deliver();
    for (const secret of [old, fresh]) expect(verify(secret, sink.received[0])).toBeTruthy();

    await rig.pass(DAY + MINUTE);
    await rig.tell('b');
    await rig.deliver();
    expect(verify(fresh, sink.received[1])).toBeTruthy();
    expect(() => verify(old, sink.received[1])).toThrow('matching signature');
  });

  it('of the default secret, bare callback_urls have it', async () => {
    const sink = await rig.sink();
    const first = (await rotateSecret(rig.context, { projectId: rig.projectId, endpointId: null })) ?? '';
    await rig.tell('a', { callbackUrl: sink.url });
    await rig.deliver();

    const [got] = sink.received;
    expect(new Webhook(first).verify(got?.body ?? '', got?.headers ?? {})).toBeTruthy();
  });
});

it('a secret that cannot be opened delivers nothing and loses nothing', async () => {
  const sink = await rig.sink();
  const { id } = await rig.endpoint(sink.url);
  const { rows } = await rig.context.db.pool.query('SELECT sealed FROM signing_secrets');
  await rig.context.db.pool.query(`UPDATE signing_secrets SET sealed = 'v1.AAAA'`);
  await rig.tell();
  await rig.deliver();
  expect(sink.received).toEqual([]);
  expect(await endpointRow(id)).toMatchObject({ failures_in_row: 0 });

  await rig.context.db.pool.query('UPDATE signing_secrets SET sealed = $1', [rows[0].sealed]);
  await rig.pass(MINUTE);
  await rig.deliver();
  expect(sink.received).toHaveLength(1);
});

describe('progress for an endpoint that wants it every minute', () => {
  const PROGRESS = 'batch.progress' as EventType;

  it('is the newest of each batch, a minute after the first', async () => {
    const [seldom, always] = [await rig.sink(), await rig.sink()];
    const { id } = await rig.endpoint(seldom.url, { progressIntervalMs: MINUTE });
    await rig.endpoint(always.url);
    const progress = (batch: string) => rig.tell(batch, { type: PROGRESS });
    await progress('one');
    await rig.pass(40_000);
    await progress('one');
    const other = await progress('other');
    const newest = await progress('one');
    const paused = await rig.tell('one');
    await rig.deliver();
    expect(ids(seldom.received)).toEqual([paused]);
    expect(always.received).toHaveLength(5);

    await rig.pass(21_000);
    await rig.deliver();
    expect(ids(seldom.received)).toEqual([paused, newest]);
    await rig.pass(40_000);
    await rig.deliver();
    expect(ids(seldom.received)).toEqual([paused, newest, other]);
    expect(await statesOf(id)).toEqual(['skipped', 'skipped', 'delivered', 'delivered', 'delivered']);
  });
});
