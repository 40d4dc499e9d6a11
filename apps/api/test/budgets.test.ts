import { batchSchema, budgetListSchema, jobSchema } from '@reelay/contract';
import { setDeploymentLimit, setInFlightMax } from '@reelay/db';
import { dispatch } from '@reelay/engine';
import { makeBatch } from '@reelay/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, type Harness, INPUT, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;
let keyScope: string;

beforeAll(async () => {
  harness = await startHarness();
  await setInFlightMax(harness.context.db, 1_000);
});
afterAll(() => harness.close());
beforeEach(async () => {
  client = await harness.client();
  keyScope = await keyScopeOf(client);
});

async function keyScopeOf({ projectId }: Client): Promise<string> {
  const key = await harness.context.db.prisma.apiKey.findFirstOrThrow({ where: { project_id: projectId } });
  return `key:${key.id}`;
}

async function change(method: 'PUT' | 'DELETE', path: string, body?: object) {
  const answer = await client.ask(path, { method, body });
  expect(answer.status, answer.text).toBe(200);
  return budgetListSchema.parse(JSON.parse(answer.text)).data;
}

const limitsOf = async (scope: string) => (await client.get(`/v1/budgets/${scope}`, budgetListSchema)).data;

// 32 frames at 480p cost $0.08.
const tenJobs = () => makeBatch(harness.context.db, { jobs: 10, projectId: client.projectId });

describe('a limit', () => {
  it('is set, shown with what is spent of it, changed and taken away, one for each period', async () => {
    expect(await limitsOf('project')).toEqual([]);
    await change('PUT', '/v1/budgets/project', { limit: '0.24' });
    await change('PUT', '/v1/budgets/project', { limit: '5', period: 'day' });
    await tenJobs();
    await dispatch(harness.context);

    const [total, day] = await limitsOf('project');
    expect(total).toEqual({
      ...{ object: 'budget', scope: 'project', period: 'total', limit: '0.24', spent: '0', reserved: '0.24' },
      ...{ remaining: '0', window_start: null, resets_at: null },
    });
    expect(day).toMatchObject({ period: 'day', limit: '5', reserved: '0.24', remaining: '4.76' });
    const { window_start: start, resets_at: end } = day ?? {};
    expect(Date.parse(end ?? '') - Date.parse(start ?? '')).toBe(86_400_000);

    expect(await change('DELETE', '/v1/budgets/project')).toMatchObject([{ period: 'day' }]);
    await client.refused('/v1/budgets/project', 'not_found', { method: 'DELETE' });
  });

  it('on what has run already begins with exactly what was spent', async () => {
    await tenJobs();
    await dispatch(harness.context);

    expect(await change('PUT', '/v1/budgets/project', { limit: '1' })).toMatchObject([
      { reserved: '0.8', remaining: '0.2' },
    ]);
    expect(await change('PUT', '/v1/budgets/project', { limit: '0.5', period: 'day' })).toMatchObject([
      { period: 'total' },
      { period: 'day', reserved: '0.8', remaining: '0' },
    ]);
  });

  it('of a key bounds what is asked for with it, and says so on the job that waits', async () => {
    await change('PUT', `/v1/budgets/${keyScope}`, { limit: '0.2024' });
    const { id } = await client.post('/v1/jobs', jobSchema, { status: 202, body: { input: INPUT } });
    await dispatch(harness.context);

    expect(await client.get(`/v1/jobs/${id}`, jobSchema)).toMatchObject({ status: 'queued', status_detail: 'budget' });
    await change('PUT', `/v1/budgets/${keyScope}`, { limit: '0.2025' });
    await dispatch(harness.context);
    expect(await client.get(`/v1/jobs/${id}`, jobSchema)).toMatchObject({ status: 'active', status_detail: null });
  });

  it('is listed with those of the keys and of the deployment, without caps of batches', async () => {
    await setDeploymentLimit(harness.context.db, 100_000_000_000n);
    await makeBatch(harness.context.db, { jobs: 1, projectId: client.projectId, capUsd: '1' });
    await change('PUT', `/v1/budgets/${keyScope}`, { limit: '1' });
    await change('PUT', '/v1/budgets/project', { limit: '2' });

    const { data } = await client.get('/v1/budgets', budgetListSchema);

    expect(data.map(({ scope }) => scope)).toEqual(['deployment', 'project', keyScope]);
    await setDeploymentLimit(harness.context.db, null);
  });
});

describe('a batch that a budget stops', () => {
  it('names the budget, and what its next row needs', async () => {
    await change('PUT', '/v1/budgets/project', { limit: '0.3', period: 'day' });
    const { batchId } = await tenJobs();
    await dispatch(harness.context);

    const batch = await client.get(`/v1/batches/${batchId}`, batchSchema);

    expect(batch).toMatchObject({ status: 'paused', pause_reason: 'budget' });
    expect(batch.budget_exhausted).toMatchObject({
      ...{ scope: 'project', period: 'day', limit: '0.3', spent: '0', reserved: '0.24', needed: '0.08' },
      resets_at: expect.stringMatching(/T00:00:00\.000Z$/),
    });
  });

  it('goes on when its cap is raised, and names no budget then', async () => {
    const { batchId } = await makeBatch(harness.context.db, { jobs: 10, projectId: client.projectId, capUsd: '0.08' });
    await dispatch(harness.context);
    const body = { cap: '0.8', weight: 7 };
    const changed = await client.ask(`/v1/batches/${batchId}`, { method: 'PATCH', body });
    expect(batchSchema.parse(JSON.parse(changed.text)).budget_exhausted).toBeNull();
    await dispatch(harness.context);

    const batch = await client.get(`/v1/batches/${batchId}`, batchSchema);

    expect(batch).toMatchObject({ status: 'in_progress', budget_exhausted: null, weight: 7 });
    expect(batch.request_counts.active).toBe(10);
  });
});

describe('what cannot be limited', () => {
  it("is not found: another project's key, no key, a batch, the deployment", async () => {
    const other = await keyScopeOf(await harness.client());
    for (const scope of [other, 'key:', 'key:nonsense', 'batch:batch_1', 'deployment', 'keys']) {
      await client.refused(`/v1/budgets/${scope}`, 'not_found');
      await client.refused(`/v1/budgets/${scope}`, 'not_found', { method: 'PUT', body: { limit: '1' } });
      await client.refused(`/v1/budgets/${scope}`, 'not_found', { method: 'DELETE' });
    }
    expect(await harness.context.db.prisma.budget.count({ where: { scope: other } })).toBe(0);
  });

  it.each([[{ limit: '-1' }], [{ limit: 1 }], [{}], [{ limit: '1', period: 'week' }]])(
    '%j is refused',
    async (body) => {
      await client.refused('/v1/budgets/project', 'validation_failed', { method: 'PUT', body });
    },
  );
});
