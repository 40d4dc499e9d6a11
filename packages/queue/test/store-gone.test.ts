import type { QueueBackend } from '@reelay/queue';
import {
  createTestDatabase,
  eventually,
  type StoreProxy,
  startStoreProxy,
  type TestDatabase,
  testBackend,
} from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { noting, openQueueOn, type TestQueue } from './support/test-queue.ts';

const PATIENCE_MS = 3_000;

let database: TestDatabase;
let store: StoreProxy;
let backend: QueueBackend;
let queue: TestQueue;
beforeEach(async () => {
  database = await createTestDatabase();
  const direct = testBackend(database.url);
  store = await startStoreProxy(direct.url);
  backend = { ...direct, url: store.url };
  queue = openQueueOn(backend);
});
afterEach(async () => {
  await queue.close();
  await store.cut();
  await database.drop();
});

/** What a caller with limited patience learns: never that a task is stored when it is not. */
function enqueuePatiently(id: string): Promise<'stored' | 'refused' | 'no answer'> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<'no answer'>((resolve) => {
    timer = setTimeout(() => resolve('no answer'), PATIENCE_MS);
  });
  const stored = queue.producer.enqueue('settle', [id]).then(
    () => 'stored' as const,
    () => 'refused' as const,
  );
  return Promise.race([stored, impatience]).finally(() => clearTimeout(timer));
}

function collect(): Set<string> {
  const seen = new Set<string>();
  queue.consume({ task: 'settle', run: noting((id) => seen.add(id)) });
  return seen;
}

describe('while the store is gone', () => {
  it('an enqueue does not claim to have stored its task', async () => {
    await queue.producer.enqueue('settle', ['before']);
    await store.cut();

    expect(await enqueuePatiently('lost')).not.toBe('stored');
  });

  it('producer and consumer can be closed, and soon', async () => {
    const seen = collect();
    await queue.producer.enqueue('settle', ['before']);
    await eventually(() => seen.has('before'));
    await store.cut();
    await enqueuePatiently('lost');

    await queue.close();
  }, 15_000);
});

describe('when the store comes back', () => {
  it('the producer stores again and the consumer goes on, without a restart', async () => {
    const seen = collect();
    await queue.producer.enqueue('settle', ['before']);
    await eventually(() => seen.has('before'));

    await store.cut();
    await enqueuePatiently('lost');
    await store.restore();

    await eventually(async () => (await enqueuePatiently('after')) === 'stored', { timeoutMs: 20_000 });
    await eventually(() => seen.has('after'), { timeoutMs: 20_000 });
  });

  it('one that was not there at the start serves as if it had been', async () => {
    await queue.close();
    await store.cut();
    queue = openQueueOn(backend);
    const seen = collect();
    await enqueuePatiently('lost');

    await store.restore();

    await eventually(async () => (await enqueuePatiently('after')) === 'stored', { timeoutMs: 20_000 });
    await eventually(() => seen.has('after'), { timeoutMs: 20_000 });
  });
});
