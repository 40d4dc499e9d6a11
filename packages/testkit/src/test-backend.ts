import { randomBytes } from 'node:crypto';
import type { QueueBackend } from '@reelay/queue';
import { inject } from 'vitest';
import type {} from './provided-context.ts';

/** The queue backend of this run: the same test files run once on each. Keys of one test never meet another's. */
export function testBackend(databaseUrl: string): QueueBackend {
  if (process.env.REELAY_TEST_QUEUE !== 'redis') return { kind: 'postgres', url: databaseUrl };
  return { kind: 'redis', url: inject('redisUrl'), prefix: `test-${randomBytes(6).toString('hex')}` };
}
