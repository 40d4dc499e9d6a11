import { numberEvents } from '@reelay/engine';
import { eventually, makeProject, uniqueId } from '@reelay/testkit';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { type Received, useDeliveries } from './use-deliveries.ts';

const rig = useDeliveries();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ids = (received: readonly Received[]) => received.map(({ headers }) => headers['webhook-id']);
const verified = (secret: string, { body, headers }: Received) => new Webhook(secret).verify(body, headers);

async function deliveries() {
  return rig.context.db.prisma.delivery.findMany({ orderBy: [{ event_seq: 'asc' }, { endpoint_id: 'asc' }] });
}

describe('an event is delivered', () => {
  it('to each endpoint of its project in the bytes of the log, signed by the standard', async () => {
    const [one, other] = [await rig.sink(), await rig.sink()];
    const first = await rig.endpoint(one.url);
    const second = await rig.endpoint(other.url);
    const stranger = await makeProject(rig.context.db);

    const id = await rig.tell('a "b" ü');
    await rig.deliver();

    const { body } = await rig.context.db.prisma.event.findUniqueOrThrow({ where: { id } });
    for (const [sink, { secret }] of [
      [one, first],
      [other, second],
    ] as const) {
      expect(sink.received).toHaveLength(1);
      const [got] = sink.received as [Received];
      expect(got.body).toBe(body);
      expect(verified(secret, got)).toEqual(JSON.parse(body));
      expect(got.headers).toMatchObject({
        'webhook-id': id,
        'content-type': 'application/json',
        'user-agent': 'Reelay-Webhooks/1',
        'reelay-event-seq': '1',
      });
    }
    expect((await deliveries()).map(({ state, tries }) => [state, tries])).toEqual([
      ['delivered', 1],
      ['delivered', 1],
    ]);
    expect(await rig.context.db.prisma.endpoint.count({ where: { project_id: stranger } })).toBe(0);
  });

  it('to those whose filter names its type', async () => {
    const sink = await rig.sink();
    await rig.endpoint(sink.url, { eventTypes: ['budget.threshold', 'budget.exhausted'] });

    await rig.tell('a');
    const wanted = await rig.tell('b', { type: 'budget.threshold' });
    await rig.deliver();

    expect(ids(sink.received)).toEqual([wanted]);
  });

  it('to its callback_url, signed with the secret that the project has by default', async () => {
    const sink = await rig.sink();
    const [first, second] = [
      await rig.tell('a', { callbackUrl: sink.url }),
      await rig.tell('b', { callbackUrl: sink.url }),
    ];
    await rig.tell('c');
    await rig.deliver();

    expect(ids(sink.received).sort()).toEqual([first, second].sort());
    const [secret] = await rig.context.db.prisma.signingSecret.findMany();
    const opened = rig.context.secretBox.open(secret?.sealed ?? '', rig.projectId) ?? '';
    for (const got of sink.received) verified(opened, got);
    expect(await rig.context.db.prisma.endpoint.count()).toBe(1);
  });

  it('once, by many deliverers and sequencers at a time', async () => {
    const sink = await rig.sink();
    await rig.endpoint(sink.url);
    const told: string[] = [];
    const deliverers = Array.from({ length: 3 }, () => rig.deliverer());
    let writing = true;
    const work = deliverers.map(async (deliverer) => {
      while (writing) {
        await numberEvents(rig.context, 3);
        await deliverer.begin();
      }
    });
    for (let n = 0; n < 30; n++) told.push(await rig.tell(`n${n}`));
    writing = false;
    await Promise.all(work);
    await Promise.all(deliverers.map((deliverer) => deliverer.settled()));
    // A sequencer that finds another at work leaves the rest to its next round.
    await numberEvents(rig.context);
    await rig.deliver();

    expect(ids(sink.received).sort()).toEqual(told.sort());
    const { rows } = await rig.context.db.pool.query('SELECT array_agg(seq ORDER BY seq) AS seqs FROM events');
    expect(rows[0].seqs.map(Number)).toEqual(told.map((_, n) => n + 1));
  });
});

describe('an answer', () => {
  it.each([
    [302, 'redirects are not followed'],
    [400, 'answered 400'],
    [500, 'answered 500'],
  ])('of %i is a failure that is tried again by the schedule, under the same id', async (status, error) => {
    const sink = await rig.sink();
    sink.answer = (response) => response.writeHead(status, { location: '/other' }).end('so it is');
    await rig.endpoint(sink.url);
    const id = await rig.tell();
    await rig.deliver();
    await rig.deliver();
    expect(sink.received).toHaveLength(1);

    await rig.pass(5_000);
    await rig.deliver();
    expect(sink.received.map(({ path }) => path)).toEqual(['/hook', '/hook']);
    await rig.pass(4 * MINUTE);
    await rig.deliver();
    expect(sink.received).toHaveLength(2);

    sink.answer = 204;
    await rig.pass(MINUTE);
    await rig.deliver();
    expect(ids(sink.received)).toEqual([id, id, id]);
    const log = await rig.context.db.prisma.deliveryTry.findMany({ orderBy: { id: 'asc' } });
    expect(log.map((tried) => [tried.status, tried.error, tried.response])).toEqual([
      [status, error, 'so it is'],
      [status, error, 'so it is'],
      [204, null, ''],
    ]);
  });

  it.each([
    [429, '30', 29_000, 2_000],
    [503, '30', 29_000, 2_000],
  ])('of %i that asks for %s s holds back everything for that endpoint', async (status, retryAfter, tooSoon, rest) => {
    const sink = await rig.sink();
    sink.answer = (response) => response.writeHead(status, { 'retry-after': retryAfter }).end();
    await rig.endpoint(sink.url);
    await rig.tell('a');
    await rig.deliver();
    sink.answer = 200;
    await rig.tell('b');

    await rig.pass(tooSoon);
    await rig.deliver();
    expect(sink.received).toHaveLength(1);

    await rig.pass(rest);
    await rig.deliver();
    expect(sink.received).toHaveLength(3);
  });

  it('of 502 holds back everything for that endpoint, longer for each that follows', async () => {
    const sink = await rig.sink();
    sink.answer = 502;
    await rig.endpoint(sink.url);
    await rig.tell('a');
    const heldForS: number[] = [];
    for (let n = 1; n <= 3; n++) {
      await rig.deliver();
      const { rows } = await rig.context.db.pool.query<{ held_s: string }>(
        'SELECT extract(epoch FROM throttled_until - (SELECT max(tried_at) FROM delivery_tries)) AS held_s FROM endpoints',
      );
      heldForS.push(Math.round(Number(rows[0]?.held_s)));
      await rig.pass(HOUR);
    }

    expect(heldForS).toEqual([1, 2, 4]);
  });

  it('of 410 disables the endpoint; what comes later waits, and the others are told', async () => {
    const [gone, other] = [await rig.sink(), await rig.sink()];
    gone.answer = 410;
    const { id } = await rig.endpoint(gone.url);
    await rig.endpoint(other.url, { eventTypes: ['endpoint.disabled'] });
    await rig.tell('a');
    await rig.deliver();
    await rig.tell('b');
    await rig.pass(HOUR);
    await rig.deliver();

    expect(gone.received).toHaveLength(1);
    expect(await rig.context.db.prisma.endpoint.findUnique({ where: { id } })).toMatchObject({
      state: 'disabled',
      disabled_reason: 'gone',
    });
    expect((await deliveries()).filter((one) => one.endpoint_id === id).map(({ state }) => state)).toEqual([
      'pending',
      'pending',
    ]);
    expect(other.received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: 'endpoint.disabled', data: { id, reason: 'gone' } },
    ]);
  });

  it('without end is read to a bound, and counts by its status', async () => {
    const sink = await rig.sink();
    let written = 0;
    sink.answer = (response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write('\0é'.repeat(10_000))) written += 30_000;
      };
      response.on('drain', more).on('error', () => {});
      more();
    };
    await rig.endpoint(sink.url);
    await rig.tell();
    await rig.deliver();

    const [tried] = await rig.context.db.prisma.deliveryTry.findMany();
    expect(tried?.status).toBe(200);
    expect(Buffer.byteLength(tried?.response ?? '')).toBeLessThanOrEqual(1_024);
    expect(tried?.response).toMatch(/^(\uFFFDé)+\uFFFD?$/);
    expect(written).toBeLessThan(10_000_000);
  });

  it('that never comes is ended by the lease’s holder at the deadline', { timeout: 40_000 }, async () => {
    const [slow, well] = [await rig.sink(), await rig.sink()];
    slow.answer = () => {};
    await rig.endpoint(slow.url);
    await rig.endpoint(well.url);
    for (let n = 0; n < 40; n++) await rig.tell(`n${n}`);
    const deliverer = rig.deliverer();

    await eventually(async () => {
      await deliverer.begin();
      expect(well.received).toHaveLength(40);
    });
    expect(slow.received).toHaveLength(8);
    await deliverer.settled();

    const tried = await rig.context.db.prisma.deliveryTry.findMany({ where: { error: 'timeout' } });
    expect(tried).toHaveLength(8);
    await rig.pass(HOUR);
    await deliverer.begin();
    await eventually(() => expect(slow.received).toHaveLength(9));
    await deliverer.close(0);
    expect(slow.received).toHaveLength(9);
  });
});

describe('a deliverer', () => {
  it('that dies between the 2xx and its commit leaves a delivery that is made again under the same id', async () => {
    const sink = await rig.sink();
    await rig.endpoint(sink.url);
    const id = await rig.tell();
    rig.failpoints.set('delivery.answered', () => Promise.reject(new Error('died')));
    await rig.deliver();
    expect((await deliveries())[0]).toMatchObject({ state: 'pending', tries: 0 });
    rig.failpoints.clear();

    await rig.pass(29_000);
    await rig.deliver();
    expect(sink.received).toHaveLength(1);
    await rig.pass(2_000);
    await rig.deliver();

    expect(ids(sink.received)).toEqual([id, id]);
    expect((await deliveries())[0]).toMatchObject({ state: 'delivered', tries: 1 });
  });

  it('that comes late changes nothing of what the next one wrote', async () => {
    const sink = await rig.sink();
    await rig.endpoint(sink.url);
    await rig.tell();
    sink.answer = 500;
    rig.failpoints.set('delivery.answered', async () => {
      rig.failpoints.clear();
      sink.answer = 200;
      await rig.pass(31_000);
      await rig.deliver();
    });
    await rig.deliver();

    expect((await deliveries())[0]).toMatchObject({ state: 'delivered', tries: 1, last_status: 200 });
    expect(await rig.context.db.prisma.endpoint.findFirst()).toMatchObject({ failures_in_row: 0 });
  });

  it('that is stopped gives back what it has begun, uncounted and due at once', async () => {
    const sink = await rig.sink();
    sink.answer = () => {};
    await rig.endpoint(sink.url);
    const id = await rig.tell();
    const deliverer = rig.deliverer();
    await deliverer.begin();
    await eventually(() => expect(sink.received).toHaveLength(1));
    await deliverer.close(0);
    sink.answer = 200;

    await rig.deliver();

    expect(ids(sink.received)).toEqual([id, id]);
    expect((await deliveries())[0]).toMatchObject({ state: 'delivered', tries: 1 });
  });

  it('calls nobody whom the guard forbids, and says so', async () => {
    await rig.endpoint('https://endpoint.example.com/hook');
    await rig.context.db.pool.query(`UPDATE endpoints SET url = 'http://10.0.0.1/hook'`);
    await rig.tell();
    await rig.deliver();

    expect(await rig.context.db.prisma.deliveryTry.findMany()).toMatchObject([
      { status: null, error: expect.stringMatching(/^blocked: /) },
    ]);
  });
});

it('a delivery cannot be taken back, nor be of another project', async () => {
  const sink = await rig.sink();
  const { id } = await rig.endpoint(sink.url);
  const stranger = await makeProject(rig.context.db);
  await rig.tell();
  const query = (text: string) => rig.context.db.pool.query(text);

  await expect(query('DELETE FROM deliveries')).rejects.toThrow('not taken back');
  await expect(query(`UPDATE deliveries SET event_id = 'other'`)).rejects.toThrow('not taken back');
  await expect(query('TRUNCATE deliveries CASCADE')).rejects.toThrow('not taken back');
  await query(
    `INSERT INTO endpoints (id, project_id, kind, url) VALUES ('${uniqueId('endpoint')}', '${stranger}', 'registered', 'u')`,
  );
  await expect(
    query(`INSERT INTO deliveries (endpoint_id, event_id, event_seq)
      SELECT p.id, e.id, e.seq FROM endpoints p, events e WHERE p.id <> '${id}'`),
  ).rejects.toThrow('none of the numbered events');
});
