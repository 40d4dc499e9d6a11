import type { Stage } from '../stage.ts';
import { retryOnDeadlock } from './retry-on-deadlock.ts';

/** What BullMQ keeps between calls; its own tables of versions and settings stay, as they do on Redis' side after a restart. */
const TASK_TABLES = ['job', 'job_log', 'job_dependency', 'event', 'rate_limit', 'dedup', 'dedup_next'];

/** FLUSHALL, and what comes next to it on PostgreSQL, where BullMQ's own queries take the same tables in other orders. */
export async function flushQueue({ redis, db }: Stage): Promise<string | undefined> {
  if (redis) {
    await redis.flushAll();
    return undefined;
  }
  const tables = TASK_TABLES.map((name) => `bullmq.${name}`).join(', ');
  const tries = await retryOnDeadlock(() =>
    db.prisma.$transaction([
      db.prisma.$executeRawUnsafe("SET LOCAL lock_timeout = '10s'"),
      db.prisma.$executeRawUnsafe(`TRUNCATE ${tables} CASCADE`),
    ]),
  );
  return tries === 1 ? undefined : `at try ${tries}`;
}
