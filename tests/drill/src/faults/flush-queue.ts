import type { Stage } from '../stage.ts';

/** What BullMQ keeps between calls; its own tables of versions and settings stay, as they do on Redis' side after a restart. */
const TASK_TABLES = ['job', 'job_log', 'job_dependency', 'event', 'rate_limit', 'dedup', 'dedup_next'];

/** FLUSHALL, and what comes next to it on PostgreSQL. */
export async function flushQueue({ redis, db }: Stage): Promise<string | undefined> {
  if (redis) {
    await redis.flushAll();
    return undefined;
  }
  const tables = TASK_TABLES.map((name) => `bullmq.${name}`).join(', ');
  await db.prisma.$transaction([
    db.prisma.$executeRawUnsafe("SET LOCAL lock_timeout = '10s'"),
    db.prisma.$executeRawUnsafe(`TRUNCATE ${tables} CASCADE`),
  ]);
  return undefined;
}
