import { jobSchema } from '@reelay/contract';
import { createApiKey, createProject } from '@reelay/engine';
import { createTestContext, eventually, type StoreProxy, startStoreProxy, testBackend } from '@reelay/testkit';
import { afterEach, expect, it } from 'vitest';
import { expectBooksToAgree } from './harness/claims.ts';
import { PEPPER, type System, startSystem } from './harness/start-system.ts';

const JOBS = 12;
const INPUT = { video_url: 'https://media.example.com/clip.mp4', prompt: 'at dusk', num_frames: 17 };

let system: System;
let redis: StoreProxy;
afterEach(async () => {
  await system?.stop();
  await redis?.close();
});

async function newKey(): Promise<string> {
  const context = createTestContext({ databaseUrl: system.database.url, falUrl: system.sim.url });
  const projectId = await createProject(context, { name: 'test' });
  const { apiKey } = await createApiKey(context, { projectId, name: 'test', pepper: PEPPER });
  await context.close();
  return apiKey;
}

async function postJob(apiKey: string): Promise<{ status: number; id: string }> {
  const response = await fetch(`${system.apiUrl}/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ input: INPUT }),
  });
  return { status: response.status, id: jobSchema.parse(await response.json()).id };
}

const succeeded = () => system.db.prisma.job.count({ where: { status: 'succeeded' } });

it('with Redis down jobs are taken with 202 all the same, and they run when it is back', async () => {
  const backend = testBackend('');
  redis = await startStoreProxy(backend.url);
  system = await startSystem({
    speed: 60,
    inFlightMax: 6,
    timeScale: 200,
    backend: { ...backend, kind: 'redis', url: redis.url },
  });
  const apiKey = await newKey();
  await postJob(apiKey);
  await eventually(async () => (await succeeded()) === 1, { timeoutMs: 60_000 });

  await redis.cut();
  const answers = await Promise.all(Array.from({ length: JOBS }, () => postJob(apiKey)));
  expect(answers.map(({ status }) => status)).toEqual(Array(JOBS).fill(202));
  expect(await succeeded()).toBe(1);
  await redis.restore();

  await eventually(async () => (await succeeded()) === JOBS + 1, { timeoutMs: 60_000 });
  await expectBooksToAgree(system);
});
