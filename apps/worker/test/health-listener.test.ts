import { connectDb } from '@reelay/db';
import { createTestDatabase, type TestDatabase } from '@reelay/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHealthListener } from '../src/health-listener.ts';

const ANYWHERE = { host: '127.0.0.1', port: 0 };
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function ask(url: string, path: string) {
  const answer = await fetch(`${url}${path}`);
  return { status: answer.status, body: await answer.json() };
}

it('a worker is ready while its database answers, and up all the time', async () => {
  const db = connectDb({ url: database.url, maxConnections: 1, applicationName: 'health-test', onError: () => {} });
  const listener = await startHealthListener({ db }, ANYWHERE);
  expect(await ask(listener.url, '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  await db.close();
  expect(await ask(listener.url, '/readyz')).toMatchObject({ status: 503, body: { status: 'not_ready' } });
  expect(await ask(listener.url, '/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  expect((await ask(listener.url, '/metrics')).status).toBe(404);
  await listener.close();
});
