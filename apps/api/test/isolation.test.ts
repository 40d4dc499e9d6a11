import { batchListSchema, createdWebhookEndpointSchema, jobListSchema, ledgerListSchema } from '@reelay/contract';
import { setInFlightMax } from '@reelay/db';
import { dispatch } from '@reelay/engine';
import { makeBatch } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Harness, startHarness } from './harness.ts';

let harness: Harness;
let stranger: Client;
let batchId: string;
let jobId: string;
let endpointId: string;

beforeAll(async () => {
  harness = await startHarness();
  await setInFlightMax(harness.context.db, 100);
  const owner = await harness.client();
  stranger = await harness.client();
  const made = await makeBatch(harness.context.db, { jobs: 2, projectId: owner.projectId });
  batchId = made.batchId;
  jobId = made.jobIds[0] ?? '';
  await dispatch(harness.context);
  const body = { url: 'https://hooks.example.com/owner' };
  endpointId = (await owner.post('/v1/webhook_endpoints', createdWebhookEndpointSchema, { body, status: 201 })).id;
});
afterAll(() => harness.close());

const ROUTES = [
  'GET /v1/jobs/:job',
  'POST /v1/jobs/:job/cancel',
  'POST /v1/jobs/:job/resolve',
  'POST /v1/jobs/:job/retry',
  'GET /v1/jobs/:job/attempts',
  'GET /v1/batches/:batch',
  'PATCH /v1/batches/:batch',
  'POST /v1/batches/:batch/pause',
  'POST /v1/batches/:batch/resume',
  'POST /v1/batches/:batch/confirm',
  'POST /v1/batches/:batch/cancel',
  'POST /v1/batches/:batch/retry',
  'GET /v1/batches/:batch/jobs',
  'GET /v1/batches/:batch/errors',
  'GET /v1/batches/:batch/results',
  'GET /v1/batches/:batch/errors.csv',
  'GET /v1/batches/:batch/statement',
  'GET /v1/webhook_endpoints/:endpoint',
  'PATCH /v1/webhook_endpoints/:endpoint',
  'DELETE /v1/webhook_endpoints/:endpoint',
  'POST /v1/webhook_endpoints/:endpoint/rotate_secret',
  'POST /v1/webhook_endpoints/:endpoint/test',
  'POST /v1/webhook_endpoints/:endpoint/replay',
  'GET /v1/webhook_endpoints/:endpoint/deliveries',
];

function asked(route: string, { job, batch, endpoint }: { job: string; batch: string; endpoint: string }) {
  const [method = '', path = ''] = route.split(' ');
  const body = bodyOf(method, path);
  const named = path.replace(':job', job).replace(':batch', batch).replace(':endpoint', endpoint);
  return { path: named, ask: { method, body } };
}

function bodyOf(method: string, path: string): object | undefined {
  if (method === 'PATCH') return path.includes('webhook') ? { description: 'mine' } : { name: 'mine' };
  if (path.endsWith('/replay')) return { after: 0 };
  return path.endsWith('/resolve') ? { action: 'fail' } : undefined;
}

describe("another project's ids", () => {
  it.each(ROUTES)('are not found by %s, and nothing changes', async (route) => {
    const before = await everything();
    const { path, ask } = asked(route, { job: jobId, batch: batchId, endpoint: endpointId });

    await stranger.refused(path, 'not_found', ask);

    expect(await everything()).toEqual(before);
  });

  it.each(ROUTES)('and ids that cannot exist look the same to %s', async (route) => {
    const { path, ask } = asked(route, { job: 'job_%00', batch: "batch_' OR 1=1", endpoint: 'we_%00' });

    await stranger.refused(path.replaceAll(' ', '%20'), 'not_found', ask);
  });

  it('find nothing as filters', async () => {
    expect((await stranger.get(`/v1/jobs?batch_id=${batchId}`, jobListSchema)).data).toEqual([]);
    expect((await stranger.get(`/v1/ledger?batch_id=${batchId}`, ledgerListSchema)).data).toEqual([]);
    expect((await stranger.get(`/v1/ledger?job_id=${jobId}`, ledgerListSchema)).data).toEqual([]);
    expect((await stranger.get('/v1/batches', batchListSchema)).data).toEqual([]);
    expect((await stranger.get('/v1/jobs', jobListSchema)).data).toEqual([]);
  });

  it('reveal nothing as cursors', async () => {
    expect((await stranger.get(`/v1/jobs?after=${jobId}`, jobListSchema)).data).toEqual([]);
    expect((await stranger.get(`/v1/batches?before=${batchId}`, batchListSchema)).data).toEqual([]);
  });
});

/** Rows that a stranger's call could have touched. */
async function everything() {
  const { prisma } = harness.context.db;
  return Promise.all([
    prisma.job.findMany({ orderBy: { id: 'asc' } }),
    prisma.batch.findMany(),
    prisma.batchPause.findMany(),
    prisma.endpoint.findMany(),
    prisma.signingSecret.findMany(),
    prisma.event.count(),
    prisma.budget.findMany({ orderBy: [{ scope: 'asc' }, { period: 'asc' }] }),
  ]);
}
