import { incidentListSchema } from '@reelay/contract';
import { raiseIncident } from '@reelay/db';
import { uniqueId } from '@reelay/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, type Harness, startHarness } from './harness.ts';

let harness: Harness;
let owner: Client;
let stranger: Client;

beforeAll(async () => {
  harness = await startHarness();
  owner = await harness.client();
  stranger = await harness.client();
  await raise(owner.projectId, 'cost_far_above_estimate', 'one');
  await raise(owner.projectId, 'second_billing_event', 'two');
  await raise(null, 'price_drift', 'three');
});
afterAll(() => harness.close());

function raise(
  projectId: string | null,
  kind: 'cost_far_above_estimate' | 'second_billing_event' | 'price_drift',
  key: string,
) {
  const id = uniqueId('incident');
  return raiseIncident(harness.context.db.prisma, {
    id,
    projectId,
    kind,
    key,
    message: `about ${key}`,
    detail: { key },
  });
}

const messages = async (client: Client, path: string) =>
  (await client.get(path, incidentListSchema)).data.map(({ message }) => message);

it("a project's incidents are its own, newest first, by the page", async () => {
  expect(await messages(owner, '/v1/incidents')).toEqual(['about two', 'about one']);
  const first = await owner.get('/v1/incidents?limit=1', incidentListSchema);
  expect(first.has_more).toBe(true);
  expect(await messages(owner, `/v1/incidents?limit=1&after=${first.last_id}`)).toEqual(['about one']);
  expect(await messages(stranger, '/v1/incidents')).toEqual([]);
});

it("the deployment's are apart, and hold no project's", async () => {
  expect(await messages(stranger, '/v1/admin/incidents')).toEqual(['about three']);
});
