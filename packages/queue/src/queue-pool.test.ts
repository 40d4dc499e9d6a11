import { expect, it } from 'vitest';
import { openQueuePool } from './queue-pool.ts';

it('a pool on which queues are opened again and again is heard once', async () => {
  const heard: string[] = [];
  const pool = openQueuePool('postgres://nobody@127.0.0.1:9/none', 1);
  for (let n = 1; n <= 20; n++) pool.on('error', () => heard.push(`queue ${n}`));
  pool.emit('error', new Error('a connection broke'));
  await pool.end();

  expect(pool.listenerCount('error')).toBe(1);
  expect(heard).toEqual(['queue 1']);
});
