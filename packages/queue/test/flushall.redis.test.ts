import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually, type LocalRedis, startLocalRedis } from '@reelay/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DONE, idsOf, noting, openQueueOn, type TestQueue } from './support/test-queue.ts';

/** FLUSHALL empties a server for everyone, so these tests have one of their own. */
let directory: string;
let server: LocalRedis;
let admin: Redis;
let queue: TestQueue;
beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-redis-'));
  server = await startLocalRedis(directory);
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await admin.flushall();
  queue = openQueueOn({ kind: 'redis', url: server.url });
});
afterEach(() => queue.close());

describe('after a FLUSHALL', () => {
  it('a waiting consumer goes on with what is enqueued next', async () => {
    const seen = new Set<string>();
    queue.consume({ task: 'settle', run: noting((id) => seen.add(id)) });
    await queue.producer.enqueue('settle', ['before']);
    await eventually(() => seen.has('before'));

    await admin.flushall();
    await queue.producer.enqueue('settle', idsOf('after', 20));

    await eventually(() => seen.size === 21);
  });

  it('a consumer whose running task vanished goes on too', async () => {
    const seen = new Set<string>();
    const run = async (id: string) => {
      if (id === 'vanishes') await admin.flushall();
      seen.add(id);
      return DONE;
    };
    queue.consume({ task: 'settle', run });

    await queue.producer.enqueue('settle', ['vanishes']);
    await eventually(() => seen.has('vanishes'));
    await queue.producer.enqueue('settle', idsOf('after', 20));

    await eventually(() => seen.size === 21);
  });

  it('the backlog is forgotten, and what is new runs once the hold is over', async () => {
    const seen = new Set<string>();
    const run = async (id: string) => {
      seen.add(id);
      return id === 'holds' ? ({ kind: 'hold', forMs: 2_000, again: true } as const) : DONE;
    };
    queue.consume({ task: 'submit', run, limiter: { max: 1, durationMs: 5 } });
    await queue.producer.enqueue('submit', ['holds']);
    await eventually(async () => (await admin.pttl('reelay:submit:limiter')) > 500);
    await queue.producer.enqueue('submit', ['forgotten']);

    await admin.flushall();
    await queue.producer.enqueue('submit', ['new']);

    await eventually(() => seen.has('new'));
    expect([...seen].sort()).toEqual(['holds', 'new']);
  });
});
