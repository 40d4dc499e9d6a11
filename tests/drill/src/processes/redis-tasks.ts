import { Redis } from 'ioredis';

const KEPT_IN_LISTS = ['wait', 'active', 'paused'];
const KEPT_IN_SETS = ['delayed', 'prioritized'];

/** The ids that the tasks left in BullMQ's queues carry. */
export async function readRedisTasks(port: number): Promise<string[]> {
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 1 });
  try {
    const ids: string[] = [];
    for (const queue of ['submit', 'settle', 'import']) {
      const key = `reelay:${queue}`;
      const lists = await Promise.all(KEPT_IN_LISTS.map((name) => redis.lrange(`${key}:${name}`, 0, -1)));
      const sets = await Promise.all(KEPT_IN_SETS.map((name) => redis.zrange(`${key}:${name}`, '0', '-1')));
      for (const task of [...lists, ...sets].flat()) {
        const text = await redis.hget(`${key}:${task}`, 'data');
        if (text !== null) ids.push((JSON.parse(text) as { id: string }).id);
      }
    }
    return ids;
  } finally {
    redis.disconnect();
  }
}
