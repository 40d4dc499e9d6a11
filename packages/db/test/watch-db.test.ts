import { connectDb, type Db, type DbWatch, watchDb } from '@reelay/db';
import { createTestDatabase, eventually, type StoreProxy, startStoreProxy, type TestDatabase } from '@reelay/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';

const PATIENCE_MS = 200;
let database: TestDatabase;
let proxy: StoreProxy;
let db: Db;
let watch: DbWatch;
let changes: boolean[];

beforeEach(async () => {
  changes = [];
  database = await createTestDatabase();
  proxy = await startStoreProxy(database.url);
  db = connectDb({ url: proxy.url, maxConnections: 2, applicationName: 'test' });
  watch = watchDb(db, { everyMs: 10, patienceMs: PATIENCE_MS, onChange: (reachable) => changes.push(reachable) });
});
afterEach(async () => {
  await proxy.restore();
  await watch.stop();
  await db.close();
  await proxy.close();
  await database.drop();
});

it('a question that waits at a frozen database ends when the watch gives it up', async () => {
  await db.pool.query('SELECT 1');
  proxy.freeze();
  await expect(db.pool.query('SELECT 1')).rejects.toThrow();
  expect(watch.isReachable()).toBe(false);
});

it('a question that comes while the database is taken for gone is refused, not sent', async () => {
  proxy.freeze();
  await eventually(() => !watch.isReachable());
  await expect(db.pool.query('SELECT 1')).rejects.toThrow('taken for gone');
  await proxy.restore();
  await eventually(() => watch.isReachable());
  await db.pool.query('SELECT 1');
});

it('a database that is back is reachable again', async () => {
  await proxy.cut();
  await eventually(() => !watch.isReachable());
  await proxy.restore();
  await eventually(() => watch.isReachable());
  expect(changes).toEqual([false, true]);
});

it('a database that takes connections slower than a question may wait is reachable again', async () => {
  await proxy.cut();
  await eventually(() => !watch.isReachable());
  proxy.admitAfter(2 * PATIENCE_MS);
  await proxy.restore();
  await eventually(() => watch.isReachable());
});

it('a process that was busy itself does not take its database for gone', async () => {
  await db.pool.query('SELECT 1');
  for (let times = 0; times < 3; times++) {
    const untilMs = performance.now() + 3 * PATIENCE_MS;
    while (performance.now() < untilMs);
    await new Promise(setImmediate);
    await db.pool.query('SELECT 1');
  }
  expect(changes).toEqual([]);
});
