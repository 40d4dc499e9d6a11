import { numberEvents } from '@reelay/engine';
import { eventually } from '@reelay/testkit';
import { expect, it } from 'vitest';
import { useDeliveries } from './use-deliveries.ts';

const WAITING = 10_000;
const TOLD = 30;
const CALLS_PER_ENDPOINT = 8;

const rig = useDeliveries();

async function fillLog(count: number): Promise<void> {
  await rig.context.db.pool.query(
    `INSERT INTO events (id, project_id, type, subject_id, body)
     SELECT id, $1, 'budget.exhausted', 's', '{"id":"' || id || '"}'
     FROM (SELECT new_id('evt') AS id FROM generate_series(1, $2::int)) made`,
    [rig.projectId, count],
  );
  let numbered = 0;
  while (numbered < count) numbered += await numberEvents(rig.context);
}

it('an endpoint that hangs with 10,000 events waiting keeps no other from its own', { timeout: 120_000 }, async () => {
  const hanging = await rig.sink();
  hanging.answer = () => {};
  const others = await Promise.all(Array.from({ length: 5 }, () => rig.sink()));
  await rig.endpoint(hanging.url, { eventTypes: ['budget.exhausted'] });
  for (const { url } of others) await rig.endpoint(url, { eventTypes: ['batch.paused'] });
  await fillLog(WAITING);
  const deliverer = rig.deliverer();
  await eventually(async () => {
    await deliverer.begin();
    expect(hanging.received).toHaveLength(CALLS_PER_ENDPOINT);
  });

  const told: string[] = [];
  for (let n = 0; n < TOLD; n++) told.push(await rig.tell(`n${n}`));
  await eventually(async () => {
    await deliverer.begin();
    for (const { received } of others) {
      expect(received.map(({ headers }) => headers['webhook-id']).sort()).toEqual([...told].sort());
    }
  });
  await deliverer.close(0);

  const states = await rig.context.db.prisma.delivery.groupBy({ by: ['state'], _count: true });
  expect(Object.fromEntries(states.map(({ state, _count }) => [state, _count]))).toEqual({
    pending: WAITING,
    delivered: TOLD * others.length,
  });
});
