import { jobSchema } from '@reelay/contract';
import { setInFlightMax } from '@reelay/db';
import { dispatch, settleAttempt, submitAttempt } from '@reelay/engine';
import { type FalSim, startFalSim } from '@reelay/fal-sim';
import { createTestContext, eventually, makeBatch, type TestContext } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, expectProblem, type Harness, send, startHarness } from './harness.ts';

let sim: FalSim;
let harness: Harness;
let client: Client;
/** A worker that tells fal to call the API back. */
let worker: TestContext;

beforeAll(async () => {
  sim = await startFalSim({ speed: 10_000, retentionSeconds: 10_000_000 });
  harness = await startHarness({ falUrl: sim.url });
  client = await harness.client();
  worker = createTestContext({ databaseUrl: harness.databaseUrl, falUrl: sim.url, publicUrl: harness.url });
  await setInFlightMax(worker.db, 100);
});
afterAll(async () => {
  await worker.close();
  await harness.close();
  await sim.close();
});

async function reserveOne(): Promise<{ attemptId: string; jobId: string; path: string }> {
  const { jobIds } = await makeBatch(worker.db, { jobs: 1, projectId: client.projectId });
  await dispatch(worker);
  const [attemptId = ''] = worker.tasks.take('submit');
  const path = new URL(worker.fal.webhookUrl(attemptId) ?? '').pathname;
  return { attemptId, jobId: jobIds[0] ?? '', path };
}

const inboxOf = (attemptId: string) => worker.db.prisma.webhookInbox.count({ where: { attempt_id: attemptId } });
const post = (path: string, raw: string, headers: Record<string, string> = {}) =>
  send(harness.url + path, null, { method: 'POST', raw, headers: { 'content-type': 'application/json', ...headers } });

describe('POST /hooks/fal/{attempt}/{token}', () => {
  it("stores fal's signed callback, wakes settle, and the job shows its outcome and cost", async () => {
    const { attemptId, jobId } = await reserveOne();
    await submitAttempt(worker, attemptId);
    await eventually(() => harness.context.tasks.take('settle').includes(attemptId));
    await settleAttempt(worker, attemptId);

    const job = await client.get(`/v1/jobs/${jobId}`, jobSchema);

    expect(job).toMatchObject({ status: 'succeeded', attempts: 1, cost: { reserved: '0', charged: '0.08' } });
    expect(job.output).toMatchObject({ video: { url: expect.any(String) } });
    expect(job.fal_request_id).not.toBeNull();
  });

  it.each([
    ['a body that nobody signed', '{"request_id":"x","status":"OK"}', {}],
    ['no body', '', {}],
    ['a body that is not JSON', '\u0000\u0001', {}],
    [
      'a signature of somebody else',
      '{}',
      {
        'x-fal-webhook-request-id': 'x',
        'x-fal-webhook-user-id': 'x',
        'x-fal-webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        'x-fal-webhook-signature': 'ab'.repeat(64),
      },
    ],
  ])('refuses %s and stores nothing', async (_, raw, headers) => {
    const { attemptId, path } = await reserveOne();

    expectProblem(await post(path, raw, headers as Record<string, string>), 'forged_webhook');

    expect(await inboxOf(attemptId)).toBe(0);
  });

  it('refuses a wrong token before it looks at anything else', async () => {
    const { path } = await reserveOne();

    expectProblem(await post(`${path.slice(0, -4)}AAAA`, '{}'), 'forged_webhook');
    expectProblem(await post('/hooks/fal/att_none/token', '{}'), 'forged_webhook');
  });

  it('takes no more than a mebibyte', async () => {
    const { path } = await reserveOne();

    expectProblem(await post(path, 'x'.repeat(1024 * 1024 + 1)), 'too_large');
  });

  it('leaves its token in no log and no answer', async () => {
    const { path } = await reserveOne();
    const token = path.split('/').at(-1) ?? '';

    const refused = await post(path, '{}');
    const other = await send(harness.url + path, null, {});

    expect(refused.text + other.text).not.toContain(token);
    expect(harness.logged()).toContain('/hooks/fal/');
    expect(harness.logged()).not.toContain(token);
  });
});
