import { changeEndpoint, deleteEndpoint, listEvents, numberEvents, pruneLog, replayEndpoint } from '@reelay/engine';
import { uniqueId } from '@reelay/testkit';
import { expect, it } from 'vitest';
import { useDeliveries } from './use-deliveries.ts';

const rig = useDeliveries();
const PAGE = { limit: 100 };

/** Writes an event as it would have been written so many days ago. */
async function tellBefore(days: number): Promise<void> {
  const id = uniqueId('event');
  await rig.context.db.pool.query(
    `INSERT INTO events (id, project_id, type, subject_id, body, created_at)
     VALUES ($1, $2, 'batch.paused', 'b', '{}', now() - make_interval(days => $3))`,
    [id, rig.projectId, days],
  );
  await numberEvents(rig.context);
}

async function log(): Promise<{ seqs: number[]; oldest: number | null }> {
  const page = await listEvents(rig.context, { projectId: rig.projectId, page: PAGE });
  if (page.kind !== 'page') throw new Error(page.kind);
  return { seqs: page.list.data.map(({ seq }) => seq), oldest: page.oldestSeq };
}

it('events older than 90 days go with their deliveries once every endpoint has had them; numbers go on', async () => {
  const sink = await rig.sink();
  await rig.endpoint(sink.url);
  for (const days of [200, 91, 89, 0]) await tellBefore(days);
  await rig.deliver();

  expect(await pruneLog(rig.context)).toBe(2);

  expect(await log()).toEqual({ seqs: [3, 4], oldest: 3 });
  expect(await rig.context.db.prisma.delivery.count()).toBe(2);
  expect(await rig.context.db.prisma.deliveryTry.count()).toBe(2);
  await tellBefore(0);
  expect((await log()).seqs).toEqual([3, 4, 5]);
});

it('an event that an endpoint has not had is kept, and all that follow it, until it has had it', async () => {
  const sink = await rig.sink();
  const { id } = await rig.endpoint(sink.url);
  await tellBefore(120);
  await rig.deliver();
  const target = { projectId: rig.projectId, endpointId: id };
  await changeEndpoint(rig.context, { ...target, enabled: false });
  for (const days of [110, 100]) await tellBefore(days);

  expect(await pruneLog(rig.context)).toBe(1);
  expect(await log()).toEqual({ seqs: [2, 3], oldest: 2 });

  await changeEndpoint(rig.context, { ...target, enabled: true });
  await replayEndpoint(rig.context, { ...target, range: { afterSeq: 0n }, missedOnly: true });
  await rig.deliver();
  expect(sink.received).toHaveLength(3);
  expect(await pruneLog(rig.context)).toBe(2);
  expect(await log()).toEqual({ seqs: [], oldest: null });
});

it('a deleted endpoint keeps nothing, and a callback_url nothing after 90 days of being disabled', async () => {
  const sink = await rig.sink();
  sink.answer = 500;
  const { id } = await rig.endpoint(sink.url);
  await rig.tell('a', { callbackUrl: sink.url });
  await rig.deliver();
  await rig.context.db.pool.query(`ALTER TABLE events DISABLE TRIGGER events_guard`);
  await rig.context.db.pool.query(`UPDATE events SET created_at = now() - interval '100 days'`);
  await rig.context.db.pool.query(`ALTER TABLE events ENABLE TRIGGER events_guard`);
  await deleteEndpoint(rig.context, { projectId: rig.projectId, endpointId: id });
  const disabledFor = (days: number) =>
    rig.context.db.pool.query(
      `UPDATE endpoints SET state = 'disabled', disabled_reason = 'failing', disabled_at = now() - make_interval(days => $1)
       WHERE kind = 'callback'`,
      [days],
    );

  await disabledFor(89);
  expect(await pruneLog(rig.context)).toBe(0);
  await disabledFor(91);
  expect(await pruneLog(rig.context)).toBe(1);
});

it('the log of tries goes after 30 days, and the deliveries stay', async () => {
  const sink = await rig.sink();
  await rig.endpoint(sink.url);
  await rig.tell('a');
  await rig.tell('b');
  await rig.deliver();
  await rig.context.db.pool.query(
    `UPDATE delivery_tries SET tried_at = now() - interval '31 days' WHERE id = (SELECT min(id) FROM delivery_tries)`,
  );

  await pruneLog(rig.context);

  expect(await rig.context.db.prisma.deliveryTry.count()).toBe(1);
  expect(await rig.context.db.prisma.delivery.count()).toBe(2);
});
